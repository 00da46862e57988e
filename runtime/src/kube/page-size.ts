import { frameCapBytes } from './frames.ts';

export interface PageLimits {
  readonly limit: number;
  readonly maximumBytes: number;
}

/**
 * 500 Events are usually 0.7 MB: a page of them is parsed in 4 ms. Whoever may write Events can make them a thousand times as large: then
 * fewer are asked for. One always fits.
 */
const sizes = [
  { limit: 500, maximumBytes: 4 * 1024 * 1024 },
  { limit: 25, maximumBytes: 4 * 1024 * 1024 },
  { limit: 1, maximumBytes: frameCapBytes },
] as const satisfies readonly PageLimits[];

/**
 * How large the next page of a list is asked for. What is too large the server has read all the same, so the next page begins with the size
 * that fitted, until as many Events came as a larger page holds.
 */
export class PageSize {
  #index = 0;
  #fitted = 0;

  get limits(): PageLimits {
    return sizes[this.#index] ?? sizes[0];
  }

  /** A list begins. */
  begin(): void {
    this.#index = 0;
    this.#fitted = 0;
  }

  fits(events: number): void {
    this.#fitted += events;
    const larger = sizes[this.#index - 1];
    if (larger === undefined || this.#fitted < larger.limit) return;
    this.#index -= 1;
    this.#fitted = 0;
  }

  /** @returns whether there is a smaller size */
  tooLarge(): boolean {
    if (this.#index === sizes.length - 1) return false;
    this.#index += 1;
    this.#fitted = 0;
    return true;
  }
}
