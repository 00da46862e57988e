import { setTimeout as delay } from 'node:timers/promises';

export interface Patience {
  /** Limit for what never comes; speed is not tested. @default 4 min */
  readonly limitMs?: number;
  /** @default 20 ms */
  readonly everyMs?: number;
}

/**
 * Looks again and again until `look` finds something.
 *
 * @param what for the error that says what never came
 */
export async function until<T>(
  what: string | (() => string),
  look: () => T | undefined | Promise<T | undefined>,
  { limitMs = 240_000, everyMs = 20 }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline)
      throw new Error(`not within ${limitMs / 1_000} s: ${typeof what === 'string' ? what : what()}`);
    await delay(everyMs);
  }
}
