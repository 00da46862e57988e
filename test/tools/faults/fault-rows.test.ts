import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFaultResults } from '../../../tools/faults/fault-results.ts';
import { isOf } from '../../../tools/faults/fault-row.ts';
import { faultRows } from '../../../tools/faults/fault-rows.ts';

const root = join(import.meta.dirname, '..', '..', '..');

test.each(faultRows.flatMap(({ fault, tests }) => tests.map((proof) => [fault, proof] as const)))(
  'the row "%s" names a test that exists',
  (_, { file, title }) => {
    expect(readFileSync(join(root, file), 'utf8')).toContain(`'${title}'`);
  },
);

test('every row of the fault table is there once, and is proven or says why not', () => {
  expect(new Set(faultRows.map(({ fault }) => fault)).size).toBe(faultRows.length);
  for (const { tests, untested } of faultRows) expect(tests.length === 0).toBe(untested !== undefined);
});

test('results that are kept are those of rows that are there', () => {
  const known = faultRows.map(({ fault }) => fault);
  expect(Object.keys(readFaultResults(root)).filter((fault) => !known.includes(fault))).toEqual([]);
});

test('cases of a test are told from other tests', () => {
  const cases = { file: '', title: 'a frame that is $what (once) is told' };
  expect(isOf('a frame that is cut in two (once) is told', cases)).toBe(true);
  expect(isOf('a frame that is cut (once) is told twice', cases)).toBe(false);
});
