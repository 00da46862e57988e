import { fc } from '../../support/fast-check.ts';
import { expect, test } from 'vitest';
import { backoffMs } from '../../../runtime/src/support/backoff.ts';

const bounds = { initialMs: 500, maximumMs: 30_000 };

test('the bound doubles with each failure, up to the maximum', () => {
  const almost = (failures: number) => Math.ceil(backoffMs(bounds, failures, () => 1 - Number.EPSILON));
  expect([1, 2, 3, 6, 7, 8].map(almost)).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000]);
});

test('the wait is uniformly random below its bound', () => {
  expect([0.25, 0.5, 0.75].map((chance) => backoffMs(bounds, 2, () => chance))).toEqual([250, 500, 750]);
});

test('the wait is never above the maximum, however many failures there were', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1 }),
      fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }),
      (failures, chance) => {
        const wait = backoffMs(bounds, failures, () => chance);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(bounds.maximumMs);
      },
    ),
  );
});

test('the first wait is not above the maximum either', () => {
  expect(backoffMs({ initialMs: 1_000, maximumMs: 750 }, 1, () => 0.5)).toBe(375);
});
