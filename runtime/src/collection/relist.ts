/**
 * A list as one unit: everything newer than the position, in pages, in memory that does not grow with it; then the gap decision; then the
 * position moves to the first page's resourceVersion at one stroke.
 *
 * What changed after the first page comes on the watch, which starts there. Objects that somebody deleted meanwhile cannot be had any more.
 */
import { backoffMs } from '../support/backoff.ts';
import { type CollectorError, isCollectorError } from '../support/errors.ts';
import { beginning, type ResourceVersion } from '../support/resource-version.ts';
import type { EventPage, RawEvent } from './event-source.ts';
import { decideGap, gapEnd, gapRecord } from './gap.ts';
import { takeEvent, takeGap, waitForRoom } from './intake.ts';
import { ListCoverage, listKey } from './list-coverage.ts';
import { identifyEvent, lastWriteOf } from './raw-event.ts';
import type { ReaderOptions } from './reader-options.ts';

export type RelistReason = 'first start' | 'expired' | 'rewound' | 'broken';

interface Sums {
  items: number;
  kept: number;
  readAt: number;
  inconsistent: boolean;
  oldestSurvivor: number | undefined;
}

const retry = { initialMs: 500, maximumMs: 30_000 };

/** Lists from `from` until it has succeeded. @returns the position from which to watch */
export async function relist(
  options: ReaderOptions,
  because: RelistReason,
  from: ResourceVersion,
  signal: AbortSignal,
): Promise<ResourceVersion> {
  const { window, progress, report, onTurn, arrived } = options;
  const asOf = progress.live;
  report({ what: 'relist', because, from: String(from) });
  const coverage = new ListCoverage();
  const sums: Sums = { items: 0, kept: 0, readAt: 0, inconsistent: false, oldestSurvivor: undefined };
  await readPages(options, coverage, sums, from, signal);
  const to = coverage.at;
  recordGap(options, because, { from, asOf, to, sums });
  window.advance(to);
  progress.wasLive(sums.readAt);
  report({ what: 'relisted', from: String(from), to: String(to), items: sums.items, kept: sums.kept });
  arrived.ring();
  onTurn(to);
  return to;
}

async function readPages(
  options: ReaderOptions,
  coverage: ListCoverage,
  sums: Sums,
  from: ResourceVersion,
  signal: AbortSignal,
): Promise<void> {
  let continueToken: string | undefined;
  let first = true;
  for (;;) {
    const page = await readPage(options, continueToken, signal);
    if (page === 'start again') {
      continueToken = undefined;
      first = true;
      continue;
    }
    if ('rest' in page) {
      continueToken = page.rest;
      sums.inconsistent = true;
      continue;
    }
    if (first) coverage.begin(page.resourceVersion);
    if (first || sums.inconsistent) sums.readAt = page.time;
    first = false;
    options.progress.saw(page.resourceVersion);
    await takePage(options, page, coverage, sums, from, signal);
    if (page.continueToken === undefined) return;
    continueToken = page.continueToken;
  }
}

/** One page, asked until there is an answer that says how to go on. */
async function readPage(
  { source, clock, random, report }: ReaderOptions,
  continueToken: string | undefined,
  signal: AbortSignal,
): Promise<EventPage | { readonly rest: string } | 'start again'> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await source.list(continueToken, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isCollectorError(error)) throw error;
      if (isCollectorError(error, 'API_EXPIRED') && continueToken !== undefined) return afterExpiredPage(error);
      report({ what: 'collection request failed', verb: 'list', error });
      await clock.sleep(Math.max(backoffMs(retry, failures, random), error.details.retryAfterMs ?? 0), signal);
    }
  }
}

/** The server offers the rest as of now: what is newer than the first page is left to the watch. Otherwise everything has to be read anew. */
function afterExpiredPage({ details }: CollectorError): { readonly rest: string } | 'start again' {
  return details.continueToken === undefined ? 'start again' : { rest: details.continueToken };
}

async function takePage(
  options: ReaderOptions,
  page: EventPage,
  coverage: ListCoverage,
  sums: Sums,
  from: ResourceVersion,
  signal: AbortSignal,
): Promise<void> {
  const bytes = Math.ceil(page.bytes / Math.max(page.items.length, 1));
  for (const event of page.items) {
    sums.items += 1;
    const identity = identifyEvent(event);
    if (identity === undefined) {
      options.report({
        what: 'event dropped',
        reason: 'malformed',
        records: 1,
        id: '',
        detail: 'a listed item has no readable uid, name or resourceVersion',
      });
      continue;
    }
    const key = listKey(identity.namespace, identity.name);
    const version = identity.resourceVersion;
    if (version <= from) sums.oldestSurvivor = earlier(sums.oldestSurvivor, lastWriteOf(event));
    else if (version <= coverage.at && !coverage.covers(key, version)) {
      await waitForRoom(options, signal);
      takeEvent(options, { event, identity, change: changeOf(event), position: undefined, bytes });
      sums.kept += 1;
    }
    coverage.handedOn(key);
  }
}

function recordGap(
  options: ReaderOptions,
  because: RelistReason,
  {
    from,
    asOf,
    to,
    sums,
  }: {
    readonly from: ResourceVersion;
    readonly asOf: number | undefined;
    readonly to: ResourceVersion;
    readonly sums: Sums;
  },
): void {
  const { progress, cluster, eventTtlMs } = options;
  const end = gapEnd(to, sums.readAt);
  if (because === 'rewound' && progress.rewoundFrom !== undefined) {
    const gap = { from: progress.rewoundFrom, to: end, reason: 'rewound' as const, certain: true };
    takeGap(options, gapRecord(cluster, progress.history, gap), undefined);
    return;
  }
  if (from === beginning) return;
  const decision = decideGap({ asOf, readAt: sums.readAt, eventTtlMs, oldestSurvivor: sums.oldestSurvivor });
  if (!decision.gap) return;
  const gap = { from: gapEnd(from, asOf), to: end, reason: 'expired' as const, certain: decision.certain };
  takeGap(options, gapRecord(cluster, progress.history, gap), undefined);
}

/** Lists do not say whether an item is new: a count above one means that it was written before. */
function changeOf(event: RawEvent): 'added' | 'updated' {
  const count = event['count'];
  return typeof count === 'number' && count > 1 ? 'updated' : 'added';
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
