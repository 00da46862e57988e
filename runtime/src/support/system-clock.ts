import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Random } from './clock.ts';

/** Longer delays overflow the timer's 32-bit milliseconds and would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The process's own clocks. `performance.now()` is CLOCK_MONOTONIC: it goes on while the process is stopped, not while the machine sleeps. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await delay(Math.min(Math.max(ms, 0), longestTimerMs), undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};

export const systemRandom: Random = () => (Math.random() * 2 ** 52 + 0.5) / (2 ** 52 + 1);
