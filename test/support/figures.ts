import { type TaskMeta, TestRunner } from 'vitest';
import type { FaultFigures } from '../../tools/faults/fault-results.ts';
import { type Account, figuresOf } from '../../tools/trial/account.ts';

declare module 'vitest' {
  interface TaskMeta {
    faultFigures?: FaultFigures;
  }
}

/** The figures of an account. The fault table shows the last one of each test. */
export function recordFigures(account: Account): ReturnType<typeof figuresOf> {
  const figures = figuresOf(account);
  const covered = account.lost.filter(({ resourceVersion }) =>
    account.gaps.some(
      ({ gap }) =>
        BigInt(resourceVersion) > BigInt(gap.from.resourceVersion) &&
        BigInt(resourceVersion) <= BigInt(gap.to.resourceVersion),
    ),
  ).length;
  metaOfTest().faultFigures = {
    written: figures.written,
    lost: figures.lost - covered,
    merged: figures.superseded,
    twice: figures.duplicated,
    gaps: figures.gaps,
    covered,
    dropped: 0,
  };
  return figures;
}

/** Beside the account before it: what the collectors gave up, and counted. */
export function recordDropped(dropped: number): number {
  const meta = metaOfTest();
  if (meta.faultFigures === undefined) throw new Error('there is no account before it');
  meta.faultFigures = { ...meta.faultFigures, dropped };
  return dropped;
}

function metaOfTest(): TaskMeta {
  const test = TestRunner.getCurrentTest();
  if (test === undefined) throw new Error('figures are those of a test: none is running');
  return test.meta;
}
