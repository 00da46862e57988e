/**
 * Writes to a stream that somebody else opened, such as standard output, without ever holding up the event loop.
 *
 * Measured on Linux: over a pipe or socket a stream writes without blocking, and a process with a stuck reader still exits, whereas a write in
 * the thread pool keeps such a process from exiting. Over a file or a terminal a stream blocks the event loop, so these take the thread pool.
 *
 * Not promised: that a process exits by itself while a stopped terminal (Ctrl-S) or a dead disk holds such a write.
 */
import { fstat, write } from 'node:fs';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';

export interface ByteOutput {
  /** Resolves when the kernel has taken all of it. Rejects with the system's error; call it again only when it has settled. */
  write(lines: Uint8Array): Promise<void>;
}

const statOf = promisify(fstat);
const writeTo = promisify(write);
const newline = new Uint8Array([0x0a]);

export async function byteOutput(stream: Writable): Promise<ByteOutput> {
  const descriptor = 'fd' in stream && typeof stream.fd === 'number' ? stream.fd : undefined;
  if (descriptor === undefined) return streamOutput(stream);
  const kind = await statOf(descriptor);
  return kind.isFIFO() || kind.isSocket() ? streamOutput(stream) : descriptorOutput(putInto(descriptor));
}

/**
 * A failed write rejects with the stream's error. So do all later ones if that destroyed the stream. It does not destroy the process's own
 * standard streams: a named pipe may get a new reader.
 */
export function streamOutput(stream: Writable): ByteOutput {
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure = error;
  });
  return {
    write: (lines) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined && stream.destroyed) return reject(failure);
        stream.write(lines, (error) => (error === undefined || error === null ? resolve() : reject(error)));
      }),
  };
}

/** Writes some or all of `bytes` from `offset` on. @returns how many */
type Put = (bytes: Uint8Array, offset: number) => Promise<number>;

/** A line that a failure cut short is ended before the next one begins. */
export function descriptorOutput(put: Put): ByteOutput {
  let torn = false;
  const writeAll = async (bytes: Uint8Array) => {
    for (let written = 0; written < bytes.length; ) {
      written += await put(bytes, written);
      torn = written > 0 && bytes[written - 1] !== newline[0];
    }
  };
  return {
    async write(lines) {
      if (torn) await writeAll(newline);
      await writeAll(lines);
    },
  };
}

function putInto(descriptor: number): Put {
  return async (bytes, offset) => (await writeTo(descriptor, bytes, offset, bytes.length - offset, null)).bytesWritten;
}
