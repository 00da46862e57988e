/**
 * Leads only while nobody else does by a lock of another kind: looks once more before the work begins, and every retry period while it is done.
 *
 * Not promised: that a look succeeds. One that fails before the work begins is repeated; later it never ends a term.
 */
import { backoffMs } from '../support/backoff.ts';
import { pause } from '../support/clock.ts';
import { isCollectorError } from '../support/errors.ts';
import { linked } from '../support/signals.ts';
import type { Term } from '../term.ts';
import type { ElectionOptions } from './election-options.ts';
import type { Standing } from './other-locks.ts';

/** How soon a holder that has to yield, or to run out, is looked at again. */
const waiting = { initialMs: 250, maximumMs: 2_000 };

/**
 * @param work ends in order when its signal aborts, as at a stop of the process
 * @returns whether the lock must be released for somebody else
 */
export async function leadAlone(
  options: ElectionOptions,
  term: Term,
  stop: AbortSignal,
  work: (stop: AbortSignal) => Promise<void>,
): Promise<'yield' | 'done'> {
  const isOver = () => stop.aborted || term.signal.aborted;
  while (!isOver()) {
    if ((await untilAlone(options, term, stop)) === 'yield') return 'yield';
    if (isOver()) break;
    const standing = await workWhileAlone(options, term, stop, work);
    if (standing === 'alone') break;
    if (standing === 'yield') return 'yield';
  }
  return 'done';
}

/** Looks until nobody stands in the way, the lock must be released, or there is nothing to do any more. */
async function untilAlone(options: ElectionOptions, term: Term, stop: AbortSignal): Promise<'alone' | 'yield'> {
  const { clock, random, report, times } = options;
  const scope = linked(stop, term.signal);
  let isHeldBack = false;
  try {
    for (let looks = 1; !scope.signal.aborted && term.check(); looks += 1) {
      const standing = await look(options, scope.signal);
      if (standing?.kind === 'yield') {
        report({ what: 'other lock held', lock: standing.lock, holder: standing.holder });
        return 'yield';
      }
      if (standing?.kind === 'alone') {
        if (isHeldBack) report({ what: 'held back', by: undefined });
        return 'alone';
      }
      if (standing !== undefined && !isHeldBack)
        report({ what: 'held back', by: `${standing.lock} is held by ${standing.holder}` });
      isHeldBack ||= standing !== undefined;
      await pause(clock, Math.min(backoffMs(waiting, looks, random), times.retryPeriodMs), scope.signal);
    }
    return 'alone';
  } finally {
    scope.abort();
  }
}

/** Does the work until it ends by itself, or somebody else leads too. */
async function workWhileAlone(
  options: ElectionOptions,
  term: Term,
  stop: AbortSignal,
  work: (stop: AbortSignal) => Promise<void>,
): Promise<Standing['kind']> {
  const stopping = linked(stop);
  const watching = linked(stop, term.signal);
  const watched = watchOthers(options, term, watching.signal, () => stopping.abort());
  try {
    await work(stopping.signal);
  } finally {
    watching.abort();
    stopping.release();
  }
  return await watched;
}

/** @returns what was found, once it is not that this process leads alone; else when the signal aborts */
async function watchOthers(
  options: ElectionOptions,
  term: Term,
  signal: AbortSignal,
  onFound: () => void,
): Promise<Standing['kind']> {
  const { clock, times, report } = options;
  for (;;) {
    await pause(clock, times.retryPeriodMs, signal);
    // A process that stood still asks nothing for a term that has lapsed.
    if (signal.aborted || !term.check()) return 'alone';
    const standing = await look(options, signal);
    if (signal.aborted || standing === undefined || standing.kind === 'alone') continue;
    report({ what: 'other lock held', lock: standing.lock, holder: standing.holder });
    onFound();
    return standing.kind;
  }
}

/** @returns undefined if it cannot be known */
async function look({ others, report }: ElectionOptions, signal: AbortSignal): Promise<Standing | undefined> {
  if (others === undefined) return { kind: 'alone' };
  try {
    return await others.lookAgain(signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!isCollectorError(error)) throw error;
    report({ what: 'lock request failed', error });
    return undefined;
  }
}
