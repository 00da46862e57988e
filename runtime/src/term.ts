/**
 * A Term is one leader's uninterrupted reign. Everything with a side effect (a send, a token write, a renewal) asks it first.
 *
 * It is valid until the start of the last successful renewal plus the renew deadline, on the monotonic clock, and lapses when the wall clock
 * ran ahead of the monotonic one (the machine was suspended). A lapsed term never comes back: its signal is aborted for good.
 *
 * Not promised: that nobody else leads at the same instant. One request that was under way when the lease lapsed may still be applied.
 */
import type { Clock } from './support/clock.ts';
import { CollectorError } from './support/errors.ts';

/** How far wall time may run ahead of monotonic time between two checks, in milliseconds, before it counts as a suspension. */
const suspensionMs = 1_000;

export interface TermOptions {
  /** `leaderTransitions` of the record that began it. */
  readonly number: number;
  readonly holder: string;
  /** Start of the request that won the lock, in milliseconds of the monotonic clock. */
  readonly startedAt: number;
  readonly renewDeadlineMs: number;
  readonly clock: Clock;
}

export class Term {
  readonly number: number;
  readonly holder: string;
  readonly #clock: Clock;
  readonly #renewDeadlineMs: number;
  readonly #over = new AbortController();
  #validUntil: number;
  #checked: { readonly now: number; readonly wall: number };

  constructor({ number, holder, startedAt, renewDeadlineMs, clock }: TermOptions) {
    this.number = number;
    this.holder = holder;
    this.#clock = clock;
    this.#renewDeadlineMs = renewDeadlineMs;
    this.#validUntil = startedAt + renewDeadlineMs;
    this.#checked = { now: clock.now(), wall: clock.wallTime() };
  }

  /** Aborted, with a CollectorError of code TERM_OVER, when the term is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** When it lapses without a renewal, in milliseconds of the monotonic clock. */
  get validUntil(): number {
    return this.#validUntil;
  }

  /** Looks at both clocks; ends the term where it has lapsed. */
  check(): boolean {
    if (this.#over.signal.aborted) return false;
    const now = this.#clock.now();
    const wall = this.#clock.wallTime();
    const suspended = wall - this.#checked.wall - (now - this.#checked.now) > suspensionMs;
    this.#checked = { now, wall };
    if (suspended) this.end('wall time ran ahead of monotonic time: the machine was suspended, or its clock was set');
    else if (now >= this.#validUntil) this.end('the lease was not renewed in time');
    return !this.#over.signal.aborted;
  }

  /** Throws TERM_OVER where the term has lapsed. Call it immediately before a side effect. */
  assertValid(): void {
    if (!this.check()) throw this.#over.signal.reason;
  }

  /** @param startedAt when the successful renewal request was started */
  renewed(startedAt: number): void {
    this.#validUntil = Math.max(this.#validUntil, startedAt + this.#renewDeadlineMs);
  }

  end(reason: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort(new CollectorError('TERM_OVER', `term ${this.number} is over: ${reason}`));
  }

  /** Why it is over; undefined while it is not. */
  get overBecause(): string | undefined {
    return this.#over.signal.aborted ? (this.#over.signal.reason as CollectorError).message : undefined;
  }
}
