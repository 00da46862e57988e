import { expect, test } from 'vitest';
import { createSampler } from '../../../runtime/src/operations/sampler.ts';

test('the first of a subject passes, then one a minute with the number of those held back', () => {
  const { admit } = createSampler();
  expect([0, 1, 59_999, 60_000, 60_001, 120_000].map((now) => admit('a', now))).toEqual([
    0,
    undefined,
    undefined,
    2,
    undefined,
    1,
  ]);
});

test('subjects do not hold each other back', () => {
  const { admit } = createSampler();
  expect([admit('a', 0), admit('b', 0), admit('a', 1), admit('b', 1)]).toEqual([0, 0, undefined, undefined]);
});

test('a flood of new subjects makes it forget the oldest, not grow', () => {
  const { admit } = createSampler();
  admit('first', 0);
  for (let subject = 0; subject < 200; subject += 1) admit(String(subject), 0);
  expect(admit('199', 1)).toBeUndefined();
  expect(admit('first', 1)).toBe(0);
});
