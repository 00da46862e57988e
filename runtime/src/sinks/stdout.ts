/**
 * The sink on standard output: one JSON line per record, accepted once the kernel has taken every byte of the batch.
 *
 * A reader that is slow or stuck holds back this sink alone. What waits is one batch; what an abort can no longer take back is one piece of it.
 *
 * Not promised: that anybody has read or kept what was accepted. A pipe's content is lost with its reader.
 */
import type { Writable } from 'node:stream';
import type { SinkRecord } from '../contract/event-record.ts';
import type { Answer, Sink } from '../delivery/sink.ts';
import { type ByteOutput, byteOutput } from './byte-output.ts';
import { encodeLine } from './encode.ts';
import { createInTurn } from './in-turn.ts';
import { isSystemError, systemErrorName } from './system-error.ts';

export interface StdoutOptions {
  readonly name: string;
  readonly required: boolean;
  readonly stream: Writable;
}

/** A pipe holds 64 KiB: what has begun to be written when a term ends is about as much as is in flight anyway. */
const pieceLength = 65_536;

const goneCodes: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ECANCELED', 'EBADF']);

export function stdoutSink({ name, required, stream }: StdoutOptions): Sink {
  const inTurn = createInTurn();
  let output: ByteOutput | undefined;
  const send = async (batch: readonly SinkRecord[], signal: AbortSignal): Promise<Answer> => {
    try {
      output ??= await byteOutput(stream);
      for (const piece of pieces(batch)) {
        if (signal.aborted) return { kind: 'retry', reason: 'given up between two lines' };
        await output.write(Buffer.from(piece));
      }
      return { kind: 'accepted' };
    } catch (error) {
      return answerTo(error);
    }
  };
  return {
    name,
    required,
    send: (batch, signal) => inTurn.answer(() => send(batch, signal), signal),
    reopen: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** Whole lines, put together until they are worth a write. */
function* pieces(batch: readonly SinkRecord[]): Generator<string> {
  let piece = '';
  for (const record of batch) {
    const line = `${encodeLine(record)}\n`;
    if (piece !== '' && piece.length + line.length > pieceLength) {
      yield piece;
      piece = '';
    }
    piece += line;
  }
  if (piece !== '') yield piece;
}

function answerTo(error: unknown): Answer {
  if (!isSystemError(error)) throw error;
  const name = systemErrorName(error);
  if (!goneCodes.has(name)) return { kind: 'retry', reason: `writing to standard output failed: ${name}` };
  return {
    kind: 'misconfigured',
    reason: `nobody reads standard output any more (${name}): start the process again with a reader, or set another sink`,
  };
}
