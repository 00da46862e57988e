/**
 * Where the lines of the log go. Writing one never waits and never fails: a reader that is stuck or gone must not hold up the event loop, nor end
 * the process. What does not fit into a bounded queue is dropped and counted; once lines are read again one of them says how many were dropped.
 *
 * Not promised: that anybody reads it.
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
  /** Lines that were dropped in all, and those that no line has told of yet. */
  #dropped = 0;
  #untold = 0;
  #isClosed = false;
  #writing: Promise<void> | undefined;

  constructor(options: LogOutputOptions) {
    this.#options = options;
  }

  get droppedLines(): number {
    return this.#dropped;
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#isClosed || this.#queuedBytes + bytes.length > capacityBytes) {
      this.#drop(1);
      return;
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all that was queued is written, or will never be. */
  async flushed(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    let unwritten = 0;
    try {
      this.#output ??= await this.#options.open();
      while (this.#queue.length > 0) {
        const lines = this.#take();
        unwritten = lines.length;
        await this.#output.write(Buffer.concat(lines));
        unwritten = 0;
      }
    } catch {
      // There is no place left to report it to: the metric of dropped lines shows it.
      this.#isClosed = true;
      this.#drop(unwritten + this.#queue.length);
      this.#queue = [];
      this.#queuedBytes = 0;
    } finally {
      this.#writing = undefined;
    }
  }

  #take(): readonly Buffer[] {
    const lines = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    if (this.#untold === 0) return lines;
    const notice = Buffer.from(this.#options.notice(this.#untold));
    this.#untold = 0;
    return [...lines, notice];
  }

  #drop(lines: number): void {
    this.#dropped += lines;
    this.#untold += lines;
  }
}
