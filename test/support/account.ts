/** What a test expects of an account. A wrong figure is a broken promise: such a test is never run again. */
import { expect } from 'vitest';
import type { Account } from '../../tools/trial/account.ts';
import { recordFigures } from './figures.ts';
import { promise } from './promise.ts';

/** Expects these figures, and keeps all of them for the fault table. */
export function expectAccount(account: Account, expected: Partial<Record<keyof Account, unknown>>): void {
  const figures = recordFigures(account);
  promise(() => expect(figures).toMatchObject(expected));
}

/** Expects that nothing came twice but these ids. */
export function expectResent({ duplicated }: Account, excusable: Iterable<string>): void {
  const excused = new Set(excusable);
  const others = duplicated.map(({ id }) => id).filter((id) => !excused.has(id));
  promise(() => expect(others, 'came twice without an excuse').toEqual([]));
}
