import { describe, expect, test } from 'vitest';
import { assertKept, within } from '../../../tools/bench/stand.ts';
import { settleAccount } from '../../../tools/trial/account.ts';
import { eventRecord } from '../../support/records.ts';

const written = [1, 2].map((number) => ({ uid: `uid-${number}`, resourceVersion: `${number}`, name: 'cart.1' }));

describe('a figure counts', () => {
  test('where everything arrived once', () => {
    const account = settleAccount(written, [eventRecord(1), eventRecord(2)]);
    expect(() => assertKept('crash', account)).not.toThrow();
  });

  test('not where something was lost, and the benchmark is named', () => {
    expect(() => assertKept('crash', settleAccount(written, [eventRecord(1)]))).toThrow(/^crash: .*"lost":1/);
  });

  test('where something came twice only if a crash excuses it', () => {
    const account = settleAccount(written, [eventRecord(1), eventRecord(2), eventRecord(2)]);
    expect(() => assertKept('crash', account)).toThrow('"duplicated":1');
    expect(() => assertKept('crash', account, new Set([eventRecord(2).id]))).not.toThrow();
  });
});

describe('the time that a benchmark may take', () => {
  test('does not matter where it is kept', async () => {
    expect(await within(60, 'start', Promise.resolve(7))).toBe(7);
  });

  test('ends it, saying which it was', async () => {
    await expect(within(0.01, 'start', new Promise(() => undefined))).rejects.toThrow(
      'start is broken off after 0.01 s',
    );
  });
});
