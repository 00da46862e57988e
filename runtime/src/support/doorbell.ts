import type { Clock } from './clock.ts';
import { linked } from './signals.ts';

/** Wakes those who wait for something to change. A ring that nobody waits for is not remembered: look first, then wait. */
export class Doorbell {
  readonly #waiting = new Set<() => void>();

  ring(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when rung; rejects with the signal's reason. */
  rung(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const settle = (how: () => void) => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', abort);
        how();
      };
      const wake = () => settle(resolve);
      const abort = () => settle(() => reject(signal.reason));
      this.#waiting.add(wake);
      signal.addEventListener('abort', abort);
    });
  }

  /** Resolves with true when rung, with false after `ms` milliseconds; rejects with the signal's reason. */
  async rungWithin(ms: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
    const timer = new AbortController();
    const given = linked(signal);
    try {
      return await Promise.race([
        this.rung(given.signal).then(() => true),
        clock.sleep(ms, timer.signal).then(() => false),
      ]);
    } finally {
      timer.abort();
      given.abort();
    }
  }
}
