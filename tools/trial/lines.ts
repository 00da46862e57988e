import type { Readable } from 'node:stream';

export interface Line {
  /** When its end arrived, in milliseconds of this process's monotonic clock. */
  readonly at: number;
  readonly text: string;
}

/** Keeps the lines of a stream as they arrive. A last line without its end is none. */
export function collectLines(stream: Readable, onLine: (line: Line) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    const at = performance.now();
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      onLine({ at, text: bytes.toString('utf8', start, end) });
      start = end + 1;
    }
    rest = bytes.subarray(start);
  });
}
