import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settleAccount } from '../../tools/trial/account.ts';
import { eventRecord } from './records.ts';
import { expectAccount, expectResent } from './account.ts';
import { brokenPromiseName, promise } from './promise.ts';

const written = [{ uid: 'uid-1', resourceVersion: '1', name: 'cart.1' }];

function nameOfError(action: () => void): string | undefined {
  try {
    action();
  } catch (error) {
    return (error as Error).name;
  }
  return undefined;
}

test('a lost version is a broken promise, and a complete account is none', () => {
  expect(nameOfError(() => expectAccount(settleAccount(written, []), { lost: 0 }))).toBe(brokenPromiseName);
  expect(nameOfError(() => expectAccount(settleAccount(written, [eventRecord(1)]), { lost: 0 }))).toBeUndefined();
});

test('a duplicate is a broken promise unless its id is excused', () => {
  const account = settleAccount(written, [eventRecord(1), eventRecord(1)]);
  expect(nameOfError(() => expectResent(account, []))).toBe(brokenPromiseName);
  expect(nameOfError(() => expectResent(account, ['uid-1.1']))).toBeUndefined();
});

test('any other failure keeps its name, and may run again', () => {
  expect(nameOfError(() => expect(1).toBe(2))).not.toBe(brokenPromiseName);
  expect(nameOfError(() => promise(() => expect(1).toBe(2)))).toBe(brokenPromiseName);
});

test('tests with collectors judge accounts by expectAccount only', () => {
  const tests = join(import.meta.dirname, '..');
  const files = globSync('{real,embedded}/**/*.ts', { cwd: tests });
  expect(files.length).toBeGreaterThan(20);
  const direct =
    /\b(figuresOf|recordFigures)\(|(?<!promise\(\(\) => )expect\((await )?\w+\.(lost|duplicated|unexpected|outOfOrder)\b(?!\.length\)\.toBeGreaterThan)/;
  const judging = files.filter((file) => direct.test(readFileSync(join(tests, file), 'utf8')));
  expect(judging).toEqual([]);
});
