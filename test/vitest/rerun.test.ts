import { describe, expect, test } from 'vitest';
import { failuresToRunAgain, judge } from './rerun.ts';
import type { Failure, Results } from './results.ts';

function failure(overrides: Partial<Failure> = {}): Failure {
  const plain = { id: '1', project: 'real', file: 'test/real/a.test.ts', name: 'a', errors: ['late'] };
  return { ...plain, brokePromise: false, logs: undefined, ...overrides };
}

function results(overrides: Partial<Results> = {}): Results {
  return { passed: [], skipped: [], failures: [], ...overrides };
}

describe('a second run', () => {
  test('is for a real test that failed', () => {
    expect(failuresToRunAgain([failure()])).toEqual([failure()]);
  });

  test('is never for a test that broke a promise, whatever else failed', () => {
    const broken = failure({ id: '2', brokePromise: true });
    expect(failuresToRunAgain([failure(), broken])).toEqual([failure()]);
  });

  test('is not for a suite whose hook failed if a test of it broke a promise', () => {
    const suite = failure({ name: 'crash' });
    const broken = failure({ id: '2', name: 'crash > loses nothing', brokePromise: true });
    expect(failuresToRunAgain([suite, broken])).toEqual([]);
  });

  test.each(['unit', 'package', 'chart', 'embedded'])('is never for a test of the project %s', (project) => {
    expect(failuresToRunAgain([failure({ project })])).toEqual([]);
  });

  test('is not for a file that cannot be loaded: nothing in it races', () => {
    expect(failuresToRunAgain([failure({ id: undefined })])).toEqual([]);
  });

  test('is not for six failures at once: these are no races', () => {
    const six = Array.from({ length: 6 }, (_, number) => failure({ id: String(number) }));
    expect(failuresToRunAgain(six)).toEqual([]);
    expect(failuresToRunAgain(six.slice(1))).toHaveLength(5);
  });
});

describe('after the second run', () => {
  const failed = failure();
  const first = { results: results({ passed: ['0'], failures: [failed] }), flaky: [] };

  test('a test that passed counts as passed, and as flaky', () => {
    expect(judge(first, failed, results({ passed: ['1'] }))).toEqual({
      results: results({ passed: ['0', '1'] }),
      flaky: [failed],
    });
  });

  test('a test that failed again shows both errors', () => {
    const second = results({ failures: [failure({ errors: ['lost 3'], brokePromise: true })] });
    const { results: judged, flaky } = judge(first, failed, second);
    expect(judged.failures).toMatchObject([{ errors: ['late', 'second run, alone: lost 3'], brokePromise: true }]);
    expect(flaky).toEqual([]);
  });

  test('a test that did not run is still a failure', () => {
    expect(judge(first, failed, results()).results.failures).toHaveLength(1);
  });

  test('tests under a hook that failed at first and then passed are not skipped any more', () => {
    const before = { results: results({ skipped: [{ id: '2', text: 'b' }], failures: [failed] }), flaky: [] };
    expect(judge(before, failed, results({ passed: ['2'] })).results).toEqual(results({ passed: ['2'] }));
  });
});
