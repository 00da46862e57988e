/**
 * Where the lines of the log go. Writing one never waits and never fails: a reader that is stuck or gone must neither hold up the event loop nor
 * end the process. Lines that do not fit into a bounded queue, or cannot be written, are dropped and counted; as soon as lines can be written
 * again, one of them gives the number.
 *
 * Not promised: that anybody reads the log, or that lines still in the queue survive the end of the process.
 */
import type { ByteOutput } from '../sinks/byte-output.ts';

export interface LogOutputOptions {
  /** Called with the first line. */
  readonly open: () => Promise<ByteOutput>;
  /** The line that says how many were dropped, with its end. */
  readonly notice: (lines: number) => string;
}

/** Some thousand lines. */
const capacityBytes = 1_048_576;

export class LogOutput {
  readonly #options: LogOutputOptions;
  #output: ByteOutput | undefined;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #dropped = 0;
  /** Dropped lines that no notice has counted yet. */
  #unnoticed = 0;
  #writing: Promise<void> | undefined;

  constructor(options: LogOutputOptions) {
    this.#options = options;
  }

  get droppedLines(): number {
    return this.#dropped;
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#queuedBytes + bytes.length > capacityBytes) {
      this.#drop(1);
      return;
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when everything that was queued is written or dropped. */
  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#queue.length > 0) await this.#writeQueue();
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeQueue(): Promise<void> {
    const lines = this.#queue;
    const noticed = this.#unnoticed;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#unnoticed = 0;
    const notice = noticed === 0 ? [] : [Buffer.from(this.#options.notice(noticed))];
    try {
      this.#output ??= await this.#options.open();
      await this.#output.write(Buffer.concat([...lines, ...notice]));
    } catch {
      // The log is the only place to report this, and the metric counts it. The next line tries again: a full disk or a lost reader may pass.
      this.#drop(lines.length);
      this.#unnoticed += noticed;
    }
  }

  #drop(lines: number): void {
    this.#dropped += lines;
    this.#unnoticed += lines;
  }
}
