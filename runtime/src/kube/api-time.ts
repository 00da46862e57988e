import type { Clock } from '../support/clock.ts';

/** API-server time: the last `Date` header (whole seconds) plus the monotonic time since. The local wall clock has no say in it. */
export class ApiTime {
  readonly #clock: Clock;
  #heard: { readonly date: number; readonly at: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns what the header says, or the present estimate where it is missing or unreadable */
  hear(header: string | undefined): number {
    const date = header === undefined ? Number.NaN : Date.parse(header);
    if (Number.isNaN(date)) return this.now();
    this.#heard = { date, at: this.#clock.now() };
    return date;
  }

  /** Milliseconds since 1970; the local clock's before anything was heard. */
  now(): number {
    if (this.#heard === undefined) return this.#clock.wallTime();
    return this.#heard.date + (this.#clock.now() - this.#heard.at);
  }
}
