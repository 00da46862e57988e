/** What the programs started by this process wrote to standard error: for whoever asks why something failed. */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Characters kept of each program: enough for what led to a failure. */
const mostCharacters = 1_000_000;

export interface ProcessLog {
  readonly name: string;
  readonly pid: number;
  /** Milliseconds of the wall clock. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** The latest of what it wrote. */
  readonly text: string;
}

const logs: RecordedLog[] = [];

/** Logs of programs that were running at or after `since`, in the order of their start. @param since milliseconds of the wall clock */
export function processLogs(since: number): readonly ProcessLog[] {
  return logs.filter(({ endedAt }) => endedAt === undefined || endedAt >= since);
}

/** Keeps what a program writes. Whoever reads the stream as well must begin in the same turn of the event loop. */
export function recordProcess(name: string, pid: number, stderr: Readable, ended: Promise<unknown>): void {
  const log = new RecordedLog(name, pid);
  logs.push(log);
  const decoder = new StringDecoder(); // a character may come in two chunks
  stderr.on('data', (chunk: Buffer) => log.add(decoder.write(chunk)));
  const end = () => log.end();
  void ended.then(end, end); // whoever started it gets the error
}

class RecordedLog implements ProcessLog {
  readonly name: string;
  readonly pid: number;
  readonly startedAt = Date.now();
  #endedAt: number | undefined;
  #text = '';

  constructor(name: string, pid: number) {
    this.name = name;
    this.pid = pid;
  }

  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  get text(): string {
    return this.#text.slice(-mostCharacters);
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length > 2 * mostCharacters) this.#text = this.#text.slice(-mostCharacters);
  }

  end(): void {
    this.#endedAt = Date.now();
  }
}
