import { Window } from '../../../runtime/src/collection/window.ts';
import { type BatchLimits, deliver } from '../../../runtime/src/delivery/delivery.ts';
import type { Answer, Sink } from '../../../runtime/src/delivery/sink.ts';
import type { Random } from '../../../runtime/src/support/clock.ts';
import { Doorbell } from '../../../runtime/src/support/doorbell.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import { Term } from '../../../runtime/src/term.ts';
import { type ManualClock, manualClock, settled } from '../../support/manual-clock.ts';
import { eventRecord } from '../../support/records.ts';

export const accepted = { kind: 'accepted' } satisfies Answer;
export const retry = { kind: 'retry', reason: 'no space' } satisfies Answer;
export const misconfigured = { kind: 'misconfigured', reason: 'wrong path' } satisfies Answer;

export const refused = { kind: 'refused', reason: 'answered 400' } satisfies Answer;

/** One request to a sink: the numbers of its records, and what to answer. */
export interface Sent {
  readonly numbers: readonly number[];
  readonly at: number;
  readonly occasion: string | undefined;
  readonly signal: AbortSignal;
  readonly answer: (answer: Answer) => void;
  readonly fail: (error: Error) => void;
}

/** A sink that answers when the test does, or at once from a list. */
export interface ScriptedSink extends Sink {
  readonly sent: readonly Sent[];
  readonly latest: Sent;
  readonly open: number;
  readonly mostOpen: number;
  /** Answered at once, in this order, before anything is left to the test. */
  readonly script: Answer[];
  /** Answers at once whatever the script does not. */
  decide: ((numbers: readonly number[]) => Answer) | undefined;
}

export function scriptedSink(clock: ManualClock, name = 'archive', required = true): ScriptedSink {
  const sent: Sent[] = [];
  const script: Answer[] = [];
  let open = 0;
  let mostOpen = 0;
  return {
    name,
    required,
    script,
    decide: undefined,
    sent,
    get open() {
      return open;
    },
    get mostOpen() {
      return mostOpen;
    },
    get latest() {
      const latest = sent.at(-1);
      if (latest === undefined) throw new Error('nothing was sent');
      return latest;
    },
    async send(batch, signal, { occasion } = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const numbers = batch.map(({ id }) => Number(id.split('.')[1]));
      sent.push({ numbers, at: clock.now(), occasion, signal, answer: resolve, fail: reject });
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      const scripted = script.shift() ?? this.decide?.(numbers);
      if (scripted !== undefined) resolve(scripted);
      try {
        return await promise;
      } finally {
        open -= 1;
      }
    },
    reopen: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

export interface Sending {
  readonly clock: ManualClock;
  readonly term: Term;
  readonly window: Window;
  readonly sink: ScriptedSink;
  readonly happenings: readonly Happening[];
  readonly stop: AbortController;
  readonly abort: AbortController;
  readonly settledRings: () => number;
  /** Reads records of these numbers into the window, each of so many bytes. */
  readonly arrive: (numbers: readonly number[], bytes?: number) => Promise<void>;
  /** Reads one more version of an object. */
  readonly arriveOf: (uid: string, number: number, bytes?: number) => Promise<void>;
  readonly answer: (answer: Answer) => Promise<void>;
  readonly ended: Promise<void>;
}

export interface SendingOptions {
  readonly limits?: BatchLimits;
  readonly random?: Random;
  readonly renewDeadlineMs?: number;
  /** What the sink had before, in an earlier term. */
  readonly had?: bigint;
}

/** The defaults of the settings. With `random` at its upper bound every wait is the longest that it may be. */
export const usual = {
  limits: { records: 500, bytes: 1_048_576 },
  retry: { initialMs: 500, maximumMs: 30_000 },
  random: () => 1,
} as const;

/** One delivery under way, over a real window. */
export function sending({
  limits = usual.limits,
  random = usual.random,
  renewDeadlineMs = 3_600_000,
  had = 0n,
}: SendingOptions = {}): Sending {
  const clock = manualClock();
  const sink = scriptedSink(clock);
  const term = new Term({ number: 7, holder: 'collector-a', startedAt: 0, renewDeadlineMs, clock });
  const window = new Window(8_388_608, [{ name: sink.name, required: true, position: had }]);
  const [arrived, settledBell] = [new Doorbell(), new Doorbell()];
  const [stop, abort, listening] = [new AbortController(), new AbortController(), new AbortController()];
  const happenings: Happening[] = [];
  const rings = countRings(settledBell, listening.signal);
  const report = (happening: Happening) => void happenings.push(happening);
  const ended = deliver(
    { ...usual, sink, limits, backlog: window, arrived, settled: settledBell, term, clock, random, report },
    { stop: stop.signal, abort: abort.signal },
  );
  ended.catch(() => undefined);
  return {
    clock,
    term,
    window,
    sink,
    happenings,
    stop,
    abort,
    ended,
    settledRings: () => rings.count,
    async arrive(numbers, bytes = 1_000) {
      for (const number of numbers) pushRecord(window, number, bytes);
      arrived.ring();
      await settled();
    },
    async arriveOf(uid, number, bytes = 1_000) {
      pushRecord(window, number, bytes, uid);
      arrived.ring();
      await settled();
    },
    async answer(answer) {
      sink.latest.answer(answer);
      await settled();
    },
  };
}

export function pushRecord(window: Window, number: number, bytes: number, uid = `uid-${number}`): void {
  const version = BigInt(number);
  const event = { namespace: 'shop', name: 'cart.1', uid, resourceVersion: String(number) };
  window.push({
    record: eventRecord(number, { id: `${uid}.${number}`, event }),
    version,
    position: version,
    bytes,
    since: 0,
  });
}

/** The numbers from `first` to `last`. */
export function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function countRings(bell: Doorbell, signal: AbortSignal): { readonly count: number } {
  const rings = { count: 0 };
  const listen = async (): Promise<void> => {
    await bell.rung(signal);
    rings.count += 1;
    return listen();
  };
  void listen();
  return rings;
}

/** How a delivery has ended by now. One that goes on is told from it at once, not by a test that runs out of time. */
export async function endOf({ ended }: Sending): Promise<unknown> {
  let end: unknown = 'it goes on';
  ended.then(
    () => {
      end = 'without an error';
    },
    (error: unknown) => {
      end = error;
    },
  );
  await settled();
  return end;
}
