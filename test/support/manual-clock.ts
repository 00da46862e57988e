import type { Clock } from '../../runtime/src/support/clock.ts';

export interface ManualClock extends Clock {
  /** Moves both times on at one stroke, as a process sees it that stood still, and wakes whoever has slept long enough. */
  advance(ms: number): void;
  /** Lets `ms` milliseconds pass one sleeper after the other: each wakes exactly when it is due, and its consequences run before time goes on. */
  pass(ms: number): Promise<void>;
  /** Moves wall time alone, as a suspended machine or a set clock does. */
  shiftWallTime(ms: number): void;
  /** How many sleep at the moment. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that passes only when a test says so. */
export function manualClock(wallTime = Date.parse('2030-01-01T00:00:00Z')): ManualClock {
  const sleepers = new Set<Sleeper>();
  let now = 0;
  let shifted = 0;
  const wake = (sleeper: Sleeper) => {
    sleepers.delete(sleeper);
    sleeper.wake();
  };
  const nextDue = (limit: number) =>
    Array.from(sleepers)
      .filter(({ until }) => until <= limit)
      .sort((a, b) => a.until - b.until)[0];
  return {
    now: () => now,
    wallTime: () => wallTime + shifted + now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const sleeper = { until: now + Math.max(ms, 0), wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    advance(ms) {
      now += ms;
      for (const sleeper of Array.from(sleepers)) if (sleeper.until <= now) wake(sleeper);
    },
    async pass(ms) {
      const end = now + ms;
      await settled();
      for (let sleeper = nextDue(end); sleeper !== undefined; sleeper = nextDue(end)) {
        now = Math.max(now, sleeper.until);
        wake(sleeper);
        await settled();
      }
      now = end;
    },
    shiftWallTime(ms) {
      shifted += ms;
    },
    get sleeping() {
      return sleepers.size;
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
