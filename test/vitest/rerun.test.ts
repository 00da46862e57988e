import { expect, test } from 'vitest';
import { failuresToRunAgain } from './rerun.ts';
import type { Failure } from './results.ts';

function failure(overrides: Partial<Failure> = {}): Failure {
  const plain = { project: 'real', file: 'test/real/a.test.ts', name: 'a', errors: ['late'] };
  return { ...plain, brokePromise: false, logs: undefined, ...overrides };
}

test('a real test that failed runs once more', () => {
  expect(failuresToRunAgain([failure()])).toEqual([failure()]);
});

test('a test that broke a promise never runs again, whatever else failed', () => {
  const broken = failure({ name: 'b', brokePromise: true });
  expect(failuresToRunAgain([failure(), broken])).toEqual([failure()]);
});

test.each(['unit', 'package', 'chart', 'embedded'])('a test of the project %s never runs again', (project) => {
  expect(failuresToRunAgain([failure({ project })])).toEqual([]);
});

test('a file that cannot be loaded does not run again: nothing in it races', () => {
  expect(failuresToRunAgain([failure({ name: '' })])).toEqual([]);
});

test('six failures at once are no races: none runs again', () => {
  const six = Array.from({ length: 6 }, (_, number) => failure({ name: String(number) }));
  expect(failuresToRunAgain(six)).toEqual([]);
  expect(failuresToRunAgain(six.slice(1))).toHaveLength(5);
});
