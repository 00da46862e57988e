import { expect, test } from 'vitest';
import { settleAccount, type Version } from '../../../tools/trial/account.ts';
import { settle } from '../../../tools/trial/settling.ts';
import { eventRecord } from '../../support/records.ts';

const written: readonly Version[] = [1, 2, 3, 4].map((number) => ({
  uid: `uid-${number}`,
  resourceVersion: String(number),
  name: `cart.${number}`,
}));

/** Accounts in which so many records have arrived, one after the other, and the last one for good. */
function arriving(...counts: readonly number[]) {
  let looks = 0;
  const accountNow = () => {
    const count = counts[Math.min(looks, counts.length - 1)] ?? 0;
    looks += 1;
    return settleAccount(
      written,
      Array.from({ length: count }, (_, index) => eventRecord(index + 1)),
    );
  };
  return { accountNow, looks: () => looks };
}

test('a complete account ends the waiting', async () => {
  const { accountNow, looks } = arriving(4);
  expect((await settle(accountNow)).lost).toEqual([]);
  expect(looks()).toBe(1);
});

test('the waiting goes on for as long as more arrives, however long each takes', async () => {
  const { accountNow } = arriving(1, 2, 3, 4);
  expect((await settle(accountNow, { idleMs: 0 })).lost).toEqual([]);
});

test('nothing more arrives: the account is handed out with what is missing', async () => {
  const { accountNow } = arriving(1, 2, 2);
  expect((await settle(accountNow, { idleMs: 0 })).lost).toHaveLength(2);
});
