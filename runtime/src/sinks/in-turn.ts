import type { Answer } from '../delivery/sink.ts';

/** Does one thing at a time, in the order of the calls. */
export interface InTurn {
  /**
   * Answers as the work does, or with `retry` as soon as the signal aborts. Work that has begun then goes on behind, and what comes next
   * still waits for it: a write that is with the kernel cannot be taken back.
   */
  answer(work: () => Promise<Answer>, signal: AbortSignal): Promise<Answer>;
  /** Begins when what is under way has ended, whatever became of it. */
  run(work: () => Promise<void>): Promise<void>;
}

const givenUp: Answer = { kind: 'retry', reason: 'given up while it was being written: it may be stored all the same' };

/** A defect in one turn is thrown to whoever asks for the next answer as well, so that it cannot hide behind an abort. */
export function createInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return {
    answer(work, signal) {
      const turn = last.then(async () => (signal.aborted ? givenUp : await work()));
      last = turn;
      return untilAborted(turn, signal);
    },
    run(work) {
      const turn = last.then(work, work);
      last = turn;
      return turn;
    },
  };
}

async function untilAborted(turn: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  const { promise: aborted, resolve } = Promise.withResolvers<Answer>();
  const giveUp = () => resolve(givenUp);
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp);
  try {
    return await Promise.race([turn, aborted]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
