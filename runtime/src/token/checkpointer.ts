/**
 * Writes the token while a term lasts: at most once per interval, and only when it moved or its as-of grew old. A failed write is tried again
 * at the next interval; delivery never waits for it.
 */
import type { Clock } from '../support/clock.ts';
import type { Doorbell } from '../support/doorbell.ts';
import type { ResumeToken } from './resume-token.ts';
import type { TokenStore } from './token-store.ts';

export interface CheckpointerOptions {
  readonly store: Pick<TokenStore, 'write' | 'release' | 'isClaimed'>;
  /** What is settled now. */
  readonly current: () => ResumeToken;
  readonly intervalMs: number;
  /**
   * As-of alone is written when it is this much older than the one stored; and everything, changed or not, after as long: a claim that is not
   * renewed is taken for abandoned.
   */
  readonly asOfIntervalMs: number;
  /** Rung when a write should not wait for the interval: the end of a list. */
  readonly due: Doorbell;
  readonly clock: Clock;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #written: ResumeToken | undefined;
  #writtenAt: number;

  /** @param written what the claim wrote; undefined where nothing could be written */
  constructor(options: CheckpointerOptions, written: ResumeToken | undefined) {
    this.#options = options;
    this.#written = written;
    this.#writtenAt = options.clock.now();
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { due, intervalMs, asOfIntervalMs, clock } = this.#options;
    while (!signal.aborted) {
      await due.rungWithin(Math.min(intervalMs, asOfIntervalMs), clock, signal);
      await this.flush(signal);
    }
  }

  /** Writes now, if there is anything to write. */
  async flush(signal: AbortSignal): Promise<void> {
    const { store, current, asOfIntervalMs, clock } = this.#options;
    const token = current();
    const isDue = clock.now() - this.#writtenAt >= asOfIntervalMs;
    if (!isDue && !isWorthWriting(this.#written, token, asOfIntervalMs)) return;
    if (await store.write(token, signal)) this.#note(token);
  }

  /** The last write: the claim goes, so that somebody with another lock need not wait. */
  async finish(signal: AbortSignal): Promise<void> {
    const { store, current, asOfIntervalMs } = this.#options;
    const token = current();
    if (!store.isClaimed && !isWorthWriting(this.#written, token, asOfIntervalMs)) return;
    if (await store.release(token, signal)) this.#note(token);
  }

  #note(token: ResumeToken): void {
    this.#written = token;
    this.#writtenAt = this.#options.clock.now();
  }
}

export function isWorthWriting(written: ResumeToken | undefined, now: ResumeToken, asOfIntervalMs: number): boolean {
  if (written === undefined) return true;
  if (now.history !== written.history || now.position !== written.position) return true;
  if (now.facts?.observedMs !== written.facts?.observedMs) return true;
  if (now.gapFrom?.resourceVersion !== written.gapFrom?.resourceVersion) return true;
  if (![...now.sinks].every(([name, position]) => written.sinks.get(name) === position)) return true;
  return (now.asOf ?? 0) - (written.asOf ?? 0) >= asOfIntervalMs;
}
