import { expect, test } from 'vitest';
import { ProbeTrail } from '../../../runtime/src/collection/probe-trail.ts';

const mark = (resourceVersion: bigint, time: number) => ({ resourceVersion, time, clockOffset: 7 });

test('a reader that is behind was live at the latest probe whose resourceVersion it has reached', () => {
  const trail = new ProbeTrail();
  for (const [version, time] of [
    [100n, 1],
    [110n, 2],
    [120n, 3],
  ] as const)
    trail.add(mark(version, time));
  expect(trail.reach(99n)).toBeUndefined();
  expect(trail.reach(115n)).toEqual(mark(110n, 2));
  expect(trail.reach(115n)).toBeUndefined();
  expect(trail.reach(120n)).toEqual(mark(120n, 3));
});

test('of probes that found the same resourceVersion the last one counts', () => {
  const trail = new ProbeTrail();
  trail.add(mark(100n, 1));
  trail.add(mark(100n, 2));
  expect(trail.reach(100n)).toEqual(mark(100n, 2));
});

test('of very many probes some are forgotten: the reader was live no later than it says', () => {
  const trail = new ProbeTrail();
  for (let probe = 1; probe <= 10_000; probe += 1) trail.add(mark(BigInt(probe), probe));
  const { time = 0 } = trail.reach(9_000n) ?? {};
  expect(time).toBeLessThanOrEqual(9_000);
  expect(time).toBeGreaterThan(8_000);
});

test('of another history nothing counts', () => {
  const trail = new ProbeTrail();
  trail.add(mark(100n, 1));
  trail.clear();
  expect(trail.reach(200n)).toBeUndefined();
});
