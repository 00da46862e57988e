import { expect, test } from 'vitest';
import { closingLines, pattern, type Run } from './closing.ts';
import type { Failure } from './results.ts';
import { builtSuites } from './suites.ts';

const failure: Failure = {
  id: '1',
  project: 'real',
  file: 'test/real/crash.test.ts',
  name: "after a crash > it's over (in [5 s])",
  errors: ['expected 1 to be 0\n  at crash.test.ts:5'],
  brokePromise: false,
  logs: '.test-logs/crash',
};
const green: Run = { passed: 7, failed: 0, failures: [], skipped: [], flaky: [], notRun: [], seed: 5 };
const red: Run = { ...green, failed: 1, failures: [failure] };
const textOf = (run: Run) =>
  closingLines(run, () => [{ name: 'collector-0-17.log', lines: ['started', '\u001b[2Jgone'] }]).join('\n');

test('the last line counts what passed, failed and was skipped', () => {
  const text = textOf({ ...red, skipped: ['not for root'] });
  expect(text.split('\n').at(-1)).toBe('7 passed, 1 failed, 1 skipped');
  expect(text).toContain('Skipped:\n  not for root\n');
});

test('a failure shows its file, name, error, command and the end of its logs', () => {
  const text = textOf(red);
  expect(text).toContain('FAILED  test/real/crash.test.ts\n');
  expect(text).toContain("  after a crash > it's over (in [5 s])\n    expected 1 to be 0\n");
  expect(text).toContain(
    "SEED=5 npx vitest run --project real test/real/crash.test.ts -t '^after a crash > it'\\''s over \\(in \\[5 s\\]\\)( > |$)'",
  );
  expect(text).toContain('.test-logs/crash');
  expect(text).toContain('the end of collector-0-17.log:\n    started\n');
});

test('a broken promise is marked', () => {
  expect(textOf({ ...red, failures: [{ ...failure, brokePromise: true }] })).toContain(
    'FAILED  test/real/crash.test.ts  (a broken promise)',
  );
});

test('what a program wrote cannot act on the terminal', () => {
  expect(textOf(red)).not.toContain('\u001b');
});

test('a flaky test is listed before the counts, with seed, logs and the command', () => {
  const lines = textOf({ ...green, flaky: [failure] });
  expect(lines).toMatch(/FLAKY {2}test\/real\/crash\.test\.ts: after a crash/);
  expect(lines).toContain('seed 5, logs: .test-logs/crash');
  expect(lines).toMatch(
    /SEED=5 npm run flaky -- --all test\/real\/crash\.test\.ts -t '.*' --times 50 --load\n\n7 passed/,
  );
});

test('what was not run is named with the command that runs it', () => {
  const text = textOf({ ...green, notRun: builtSuites });
  expect(text).toMatch(/Not run:\n {2}chart +.*\n {2}real +.*etcd, kube-apiserver/);
  expect(text).toContain('npm run test:all');
  expect(textOf(green)).not.toContain('test:all');
});

test('a name becomes a regular expression for this test only, as vitest matches names', ({ task }) => {
  const own = new RegExp(pattern(task.fullTestName));
  expect(own.test(task.fullTestName)).toBe(true);
  expect(own.test(`${task.fullTestName} and more`)).toBe(false);
  const suite = new RegExp(pattern('a suite (of [two])'));
  const names = ['a suite (of [two]) > a test', 'a suite (of [two])s > a test'];
  expect(names.map((name) => suite.test(name))).toEqual([true, false]);
});
