/**
 * What streams say that a server accepted at one position and ended in order, without a frame and before a retry period was over: that nothing
 * happened, or that the position has left the history and the server does not report it. Only a question to the server tells.
 */

import type { ServerMoment } from './server-moment.ts';

/** One such stream. */
export interface EmptyStream {
  readonly lastedMs: number;
  readonly acceptedAt: ServerMoment;
}

/** When it is time to ask. */
export interface EmptySeries {
  /** Whether the streams ended at once. */
  readonly atOnce: boolean;
  /** The first stream, if all of them together lasted as long as a backlog needs to arrive; otherwise they prove nothing. */
  readonly first: EmptyStream | undefined;
}

/** A stream that ends earlier had no time to bring anything. */
const atOnceMs = 1_000;

/** Streams that end at once are tolerated this often. */
const toleratedAtOnce = 2;

export class EmptyStreams {
  readonly #retryPeriodMs: number;
  #endedAtOnce = 0;
  #first: EmptyStream | undefined;
  #lastedMs = 0;

  constructor(retryPeriodMs: number) {
    this.#retryPeriodMs = retryPeriodMs;
  }

  /** @returns the series that is complete with this stream; undefined if it is too early to ask. A new series begins after it */
  add(stream: EmptyStream): EmptySeries | undefined {
    if (stream.lastedMs < atOnceMs) return this.#addAtOnce();
    this.#first ??= stream;
    this.#lastedMs += stream.lastedMs;
    if (this.#lastedMs < this.#retryPeriodMs) return undefined;
    const series = { atOnce: false, first: this.#first };
    this.clear();
    return series;
  }

  clear(): void {
    this.#endedAtOnce = 0;
    this.#first = undefined;
    this.#lastedMs = 0;
  }

  #addAtOnce(): EmptySeries | undefined {
    this.#endedAtOnce += 1;
    if (this.#endedAtOnce <= toleratedAtOnce) return undefined;
    this.#endedAtOnce = 0;
    return { atOnce: true, first: undefined };
  }
}
