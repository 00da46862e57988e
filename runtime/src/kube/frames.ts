import { CollectorError } from '../support/errors.ts';

const newline = 0x0a;

const nothing = Buffer.alloc(0);

/** Larger than any object that the API server stores, with every byte of it escaped. */
export const frameCapBytes = 16 * 1024 * 1024;

/**
 * Splits a stream of bytes into lines, at 0x0A only: other line ends are legal inside a line of JSON. What is kept of an unfinished line
 * stays below twice its length, however small the pieces in which it arrives.
 */
export class FrameSplitter {
  readonly #cap: number;
  #chunk: Buffer = nothing;
  #start = 0;
  #pending: Buffer = nothing;
  #pendingBytes = 0;

  constructor(capBytes: number = frameCapBytes) {
    this.#cap = capBytes;
  }

  /** True while a line is unfinished. To be asked after {@link next} returned undefined. */
  get hasPending(): boolean {
    return this.#pendingBytes > 0;
  }

  /** Adds what arrived. To be called after {@link next} returned undefined. */
  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#start = 0;
  }

  /**
   * @returns the next line without its end, empty ones left out; undefined: push more. Valid until the chunk that it lies in is written over
   * @throws API_BROKEN for a line over the cap, as soon as so much of it has come
   */
  next(): Buffer | undefined {
    for (;;) {
      const end = this.#chunk.indexOf(newline, this.#start);
      if (end < 0) {
        this.#keep(this.#chunk.subarray(this.#start));
        this.push(nothing);
        return undefined;
      }
      const frame = this.#complete(this.#chunk.subarray(this.#start, end));
      this.#start = end + 1;
      if (frame.length > 0) return frame;
    }
  }

  #complete(tail: Buffer): Buffer {
    if (this.#pendingBytes === 0) {
      this.#assertWithinCap(tail.length);
      return tail;
    }
    this.#keep(tail);
    const frame = this.#pending.subarray(0, this.#pendingBytes);
    this.#pending = nothing;
    this.#pendingBytes = 0;
    return frame;
  }

  #keep(part: Buffer): void {
    const bytes = this.#pendingBytes + part.length;
    this.#assertWithinCap(bytes);
    if (bytes > this.#pending.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(2 * bytes, this.#cap));
      this.#pending.copy(larger, 0, 0, this.#pendingBytes);
      this.#pending = larger;
    }
    part.copy(this.#pending, this.#pendingBytes);
    this.#pendingBytes = bytes;
  }

  #assertWithinCap(bytes: number): void {
    if (bytes > this.#cap) throw new CollectorError('API_BROKEN', `a frame is larger than ${this.#cap} bytes`);
  }
}
