/** What the account says about the promises. It is settled for each sink by itself. */
import type { Account } from '../trial/account.ts';
import type { Handover } from './handover.ts';

export interface SinkAccount {
  readonly sink: string;
  readonly account: Account;
  /** Ids that a crash may send again: see handover.ts. */
  readonly repeatable: ReadonlySet<string>;
}

export interface Summary {
  readonly controlPlane: string;
  readonly written: number;
  readonly delivered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly handovers: readonly Handover[];
}

/** The figures of the sink that did worse. */
export function summarize(
  controlPlane: string,
  accounts: readonly SinkAccount[],
  handovers: readonly Handover[],
): Summary {
  const figures = accounts.map(({ account }) => account);
  return {
    controlPlane,
    written: Math.max(...figures.map(({ written }) => written)),
    delivered: Math.min(...figures.map(({ delivered }) => delivered)),
    lost: Math.max(...figures.map(({ lost }) => lost.length)),
    duplicated: Math.max(...figures.map(({ duplicated }) => duplicated.length)),
    handovers: handovers.map(({ cause, milliseconds }) => ({ cause, milliseconds: Math.round(milliseconds) })),
  };
}

/** Each promise that this run broke, in words; empty if all were kept. */
export function brokenPromises(accounts: readonly SinkAccount[]): readonly string[] {
  return accounts.flatMap(({ sink, account, repeatable }) => {
    const unexcused = account.duplicated.filter(({ id }) => !repeatable.has(id)).length;
    const found: readonly (readonly [number, string])[] = [
      [account.lost.length, 'were lost'],
      [unexcused, 'came twice although the token covered them'],
      [account.outOfOrder.length, 'came after a later version of the same Event'],
      [account.unexpected.length, 'were never written'],
      [account.gaps.length, 'are gap records, and nothing was missing'],
    ];
    return found.flatMap(([count, what]) => (count === 0 ? [] : [`sink ${sink}: ${count} ${what}`]));
  });
}

const columns = ['written', 'delivered', 'lost', 'duplicated', 'out of order'] as const;
const nameWidth = 8;

/** One row for each sink. */
export function accountTable(accounts: readonly SinkAccount[]): readonly string[] {
  const row = (name: string, cells: readonly (string | number)[]) =>
    `  ${name.padEnd(nameWidth)}${cells.map((cell) => String(cell).padStart(14)).join('')}`;
  return [
    row('sink', columns),
    ...accounts.map(({ sink, account: { written, delivered, lost, duplicated, outOfOrder } }) =>
      row(sink, [written, delivered, lost.length, duplicated.length, outOfOrder.length]),
    ),
  ];
}
