import { expect, test } from 'vitest';
import { closingLines, pattern, type Run } from './closing.ts';
import type { Failure } from './results.ts';
import { builtSuites } from './suites.ts';

const failure: Failure = {
  project: 'real',
  file: 'test/real/crash.test.ts',
  name: "after a crash > it's over (in [5 s])",
  errors: ['expected 1 to be 0\n  at crash.test.ts:5'],
  brokePromise: false,
  logs: '.test-logs/crash',
};
const green: Run = { results: { passed: 7, skipped: [], failures: [] }, flaky: [], notRun: [], seed: 5 };
const textOf = (run: Run) =>
  closingLines(run, () => [{ name: 'collector-0-17.log', lines: ['started', '\u001b[2Jgone'] }]).join('\n');

test('the last line counts what passed, failed and was skipped', () => {
  const results = { passed: 7, skipped: ['only for root'], failures: [failure] };
  expect(
    textOf({ ...green, results })
      .split('\n')
      .at(-1),
  ).toBe('7 passed, 1 failed, 1 skipped');
  expect(textOf({ ...green, results })).toContain('  only for root');
});

test('a failure shows its file, name, error, command and the end of its logs', () => {
  const text = textOf({ ...green, results: { ...green.results, failures: [failure] } });
  expect(text).toContain('FAILED  test/real/crash.test.ts\n');
  expect(text).toContain("  after a crash > it's over (in [5 s])\n    expected 1 to be 0\n");
  expect(text).toContain(
    "SEED=5 npx vitest run --project real test/real/crash.test.ts -t 'after a crash it'\\''s over \\(in \\[5 s\\]\\)'",
  );
  expect(text).toContain('.test-logs/crash');
  expect(text).toContain('the end of collector-0-17.log:\n    started\n');
});

test('what a program wrote cannot act on the terminal', () => {
  expect(textOf({ ...green, results: { ...green.results, failures: [failure] } })).not.toContain('\u001b');
});

test('a flaky test is listed before the counts, with its seed, logs and the command that repeats it', () => {
  const lines = textOf({ ...green, flaky: [failure] });
  expect(lines).toMatch(/FLAKY {2}test\/real\/crash\.test\.ts: after a crash/);
  expect(lines).toContain('seed 5, logs: .test-logs/crash');
  expect(lines).toMatch(/npm run flaky -- test\/real\/crash\.test\.ts -t '.*' --times 50 --load\n\n7 passed, 0 failed/);
});

test('what was not run is named with the command that runs it', () => {
  const text = textOf({ ...green, notRun: builtSuites });
  expect(text).toMatch(/Not run:\n {2}chart +.*\n {2}real +.*etcd, kube-apiserver/);
  expect(text).toContain('npm run test:all');
  expect(textOf(green)).not.toContain('test:all');
});

test('a name becomes a regular expression that matches this test only', () => {
  expect(new RegExp(pattern(failure.name)).test("after a crash it's over (in [5 s])")).toBe(true);
});
