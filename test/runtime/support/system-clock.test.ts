import { expect, test } from 'vitest';
import { pause } from '../../../runtime/src/support/clock.ts';
import { systemClock, systemRandom } from '../../../runtime/src/support/system-clock.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { listenersOf } from './listeners.ts';

const stopping = new Error('stopping');

test('a sleep rejects with the reason of whoever aborts it, and leaves no listener', async () => {
  const stop = new AbortController();
  const sleeping = expect(systemClock.sleep(60_000, stop.signal)).rejects.toBe(stopping);
  stop.abort(stopping);
  await sleeping;
  expect(listenersOf(stop.signal)).toBe(0);
  await expect(systemClock.sleep(60_000, stop.signal)).rejects.toBe(stopping);
});

test('a sleep that is longer than a timer can be does not end at once', async () => {
  const stop = new AbortController();
  let ended = false;
  const sleeping = systemClock.sleep(2 ** 31, stop.signal).then(
    () => {
      ended = true;
    },
    () => undefined,
  );
  await systemClock.sleep(5);
  expect(ended).toBe(false);
  stop.abort();
  await sleeping;
});

test('a sleep of no time, or of less, ends', async () => {
  await systemClock.sleep(0);
  await systemClock.sleep(-1_000);
});

test('monotonic time does not go back', () => {
  const times = Array.from({ length: 100 }, () => systemClock.now());
  expect(times.toSorted((a, b) => a - b)).toEqual(times);
});

test('chance lies between 0 and 1 and is neither', () => {
  const given = Math.random;
  try {
    for (const extreme of [0, 1 - Number.EPSILON / 2]) {
      Math.random = () => extreme;
      expect(systemRandom()).toBeGreaterThan(0);
      expect(systemRandom()).toBeLessThan(1);
    }
  } finally {
    Math.random = given;
  }
});

test('a pause is ended by an abort, which is no failure', async () => {
  const stop = new AbortController();
  const paused = pause(manualClock(), 60_000, stop.signal);
  stop.abort(stopping);
  await expect(paused).resolves.toBeUndefined();
});

test('a pause fails where its clock does', async () => {
  const broken = { ...manualClock(), sleep: () => Promise.reject(new TypeError('a defect')) };
  await expect(pause(broken, 1, new AbortController().signal)).rejects.toThrow('a defect');
});
