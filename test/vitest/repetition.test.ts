import { expect, test } from 'vitest';
import { sumUp } from './repetition.ts';
import type { Failure, Results } from './results.ts';

const failure: Failure = {
  id: '1',
  project: 'real',
  file: 'a.test.ts',
  name: 'a',
  errors: ['late'],
  brokePromise: false,
  logs: undefined,
};
const good: Results = { passed: ['1', '2'], skipped: [], failures: [] };
const bad: Results = { passed: ['2'], skipped: [], failures: [failure] };

test('runs are counted, not tests, and each failure is shown once with its number of runs', () => {
  const sum = sumUp([good, bad, good, bad]);
  expect(sum).toMatchObject({ passedRuns: 2, failedRuns: 2 });
  expect(sum.failures.map(({ errors }) => errors)).toEqual([['failed in 2 of 4 runs; the first time:', 'late']]);
});

test('different errors outside of tests are different failures', () => {
  const outside = { ...failure, id: undefined, name: 'an error outside of any test' };
  const run = { ...bad, failures: [outside, { ...outside, errors: ['another'] }] };
  expect(sumUp([run]).failures.map(({ errors }) => errors[1])).toEqual(['late', 'another']);
});

test('a run in which nothing ran is a failed one', () => {
  expect(sumUp([{ ...good, passed: [] }])).toEqual({ passedRuns: 0, failedRuns: 1, failures: [] });
});
