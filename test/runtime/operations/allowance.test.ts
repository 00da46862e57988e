import { expect, test } from 'vitest';
import { createAllowance } from '../../../runtime/src/operations/allowance.ts';

test('so many bytes a minute are allowed, to the byte, and what is refused costs nothing', () => {
  const allowance = createAllowance(100);
  expect(allowance.take(60, 0)).toBe(true);
  expect(allowance.take(41, 1)).toBe(false);
  expect(allowance.take(40, 2)).toBe(true);
  expect(allowance.take(1, 59_999)).toBe(false);
  expect(allowance.take(1, 60_000)).toBe(true);
});

test('what was not used is not saved up', () => {
  const allowance = createAllowance(100);
  expect(allowance.take(1, 0)).toBe(true);
  expect(allowance.take(101, 600_000)).toBe(false);
  expect(allowance.take(100, 600_000)).toBe(true);
});
