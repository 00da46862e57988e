import type { Random } from './clock.ts';

export interface Backoff {
  readonly initialMs: number;
  readonly maximumMs: number;
}

/**
 * Exponential back-off with full jitter: uniformly random below a bound that doubles with each failure.
 *
 * @param failures failures in a row so far, from 1
 */
export function backoffMs({ initialMs, maximumMs }: Backoff, failures: number, random: Random): number {
  const bound = Math.min(maximumMs, initialMs * 2 ** Math.min(failures - 1, 30));
  return bound * random();
}
