/**
 * A list as one unit: everything newer than the position, in pages, in memory that does not grow with it; then the gap decision; then the
 * position moves to the first page's resourceVersion at one stroke.
 *
 * What changed after the first page comes on the watch, which starts there. Objects that somebody deleted meanwhile cannot be had any more.
 */
import { backoffMs } from '../support/backoff.ts';
import { isCollectorError } from '../support/errors.ts';
import { beginning, type ResourceVersion } from '../support/resource-version.ts';
import type { EventPage } from './event-source.ts';
import { decideGap, expiredEarly, gapEnd, gapRecord } from './gap.ts';
import { takeEvent, takeGap } from './intake.ts';
import { ListCoverage, listKey } from './list-coverage.ts';
import { createdAt, type EventIdentity, identifyEvent, lastWriteOf } from './raw-event.ts';
import type { ReaderOptions } from './reader-options.ts';
import type { ServerMoment } from './server-moment.ts';
import { isRewound, probedRewound, RoomOrRewind } from './rewind.ts';

export type RelistReason = 'first start' | 'expired' | 'expired_unreported' | 'unverified' | 'rewound' | 'broken';

/** One list while it is read. */
interface Listing {
  readonly from: ResourceVersion;
  /** As-of when it began; undefined where unknown. */
  readonly live: ServerMoment | undefined;
  /** See {@link GapQuestion}; as it was when the list began. */
  readonly livingSince: number | undefined;
  readonly coverage: ListCoverage;
  readonly room: RoomOrRewind;
  items: number;
  kept: number;
  /** See {@link GapQuestion}. */
  preexisting: number;
  /** When its first page was read; undefined before. */
  began: ServerMoment | undefined;
  /** When the first page of the present attempt was read: the time of L1, to which the position will move. */
  positionAt: ServerMoment;
  /** When what it holds was read: what expired before that is not in it. */
  readAt: number;
  /** Of what was read at `readAt`, not before. */
  oldestSurvivor: number | undefined;
}

const retry = { initialMs: 500, maximumMs: 30_000 };

/** Lists until it has succeeded. @returns the position from which to watch; `rewound` where the history went back meanwhile */
export async function relist(
  options: ReaderOptions,
  because: RelistReason,
  from: ResourceVersion,
  signal: AbortSignal,
): Promise<ResourceVersion | 'rewound'> {
  const { window, progress, report, onTurn, arrived } = options;
  report({ what: 'relist', because, from: String(from) });
  const coverage = new ListCoverage();
  const list: Listing = {
    from,
    live: progress.liveMoment,
    livingSince: progress.lifetime.livingSince(from),
    coverage,
    room: new RoomOrRewind(options, options.retryPeriodMs),
    items: 0,
    kept: 0,
    preexisting: 0,
    began: undefined,
    positionAt: { time: 0, clockOffset: undefined },
    readAt: 0,
    oldestSurvivor: undefined,
  };
  progress.lifetime.listBegins();
  if ((await readPages(options, list, signal)) === 'rewound') return 'rewound';
  progress.lifetime.listEnds();
  const to = coverage.at;
  recordGap(options, because, list);
  window.advance(to);
  progress.wasLive(list.positionAt.time, list.positionAt.clockOffset);
  report({ what: 'relisted', from: String(from), to: String(to), items: list.items, kept: list.kept });
  arrived.ring();
  onTurn(to);
  return to;
}

async function readPages(options: ReaderOptions, list: Listing, signal: AbortSignal): Promise<'complete' | 'rewound'> {
  const { clock, random, progress } = options;
  let continueToken: string | undefined;
  let readAnew = true;
  for (let expiries = 0; ; ) {
    const page = await readPage(options, continueToken, signal);
    if (page === 'rewound') return 'rewound';
    if ('rest' in page) {
      continueToken = page.rest;
      readAnew = true;
      expiries += 1;
      if (expiries > 1) await clock.sleep(backoffMs(retry, expiries, random), signal);
      continue;
    }
    if (continueToken === undefined) {
      if (isRewound(options, page.resourceVersion)) return 'rewound';
      list.coverage.begin(page.resourceVersion);
      list.positionAt = { time: page.time, clockOffset: progress.clockOffset };
    }
    list.began ??= list.positionAt;
    if (readAnew) {
      list.readAt = page.time;
      list.oldestSurvivor = undefined;
    }
    readAnew = false;
    progress.saw(page.resourceVersion);
    if ((await takePage(options, page, list, signal)) === 'rewound') return 'rewound';
    if (page.continueToken === undefined) return 'complete';
    continueToken = page.continueToken;
  }
}

/** One page, asked until there is an answer that says how to go on; with an undefined `rest`: from the beginning. */
async function readPage(
  options: ReaderOptions,
  continueToken: string | undefined,
  signal: AbortSignal,
): Promise<EventPage | { readonly rest: string | undefined } | 'rewound'> {
  const { source, clock, random, report } = options;
  for (let failures = 1; ; failures += 1) {
    try {
      return await source.list(continueToken, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isCollectorError(error)) throw error;
      // The server may offer the rest as of now: what is newer than the first page is left to the watch.
      if (isCollectorError(error, 'API_EXPIRED') && continueToken !== undefined)
        return { rest: error.details.continueToken };
      report({ what: 'collection request failed', verb: 'list', error });
      await clock.sleep(Math.max(backoffMs(retry, failures, random), error.details.retryAfterMs ?? 0), signal);
    }
    // A store that was put back has no answer for the rest of a list that lies in its future.
    if (continueToken !== undefined && (await probedRewound(options, signal))) return 'rewound';
  }
}

async function takePage(
  options: ReaderOptions,
  page: EventPage,
  list: Listing,
  signal: AbortSignal,
): Promise<'taken' | 'rewound'> {
  const { coverage, from } = list;
  const bytes = Math.ceil(page.bytes / Math.max(page.items.length, 1));
  for (const event of page.items) {
    list.items += 1;
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
    if ((createdAt(event) ?? Number.POSITIVE_INFINITY) < (list.live?.time ?? 0)) list.preexisting += 1;
    if (version <= from) noteSurvivor(options, list, identity, lastWriteOf(event));
    else if (version <= coverage.at && !coverage.covers(key, version)) {
      if ((await list.room.wait(signal)) === 'rewound') return 'rewound';
      takeEvent(options, { event, identity, change: 'added', position: undefined, bytes, live: list.live });
      list.kept += 1;
    }
    coverage.handedOn(key);
  }
  return 'taken';
}

function noteSurvivor(
  { progress }: ReaderOptions,
  list: Listing,
  identity: EventIdentity,
  writtenAt: number | undefined,
): void {
  if (writtenAt === undefined) return;
  list.oldestSurvivor = Math.min(list.oldestSurvivor ?? writtenAt, writtenAt);
  progress.lifetime.written(identity, writtenAt);
}

function recordGap(options: ReaderOptions, because: RelistReason, list: Listing): void {
  const { progress, cluster, eventTtlMs, report } = options;
  const { from, coverage, readAt, oldestSurvivor, livingSince, preexisting } = list;
  const to = gapEnd(coverage.at, list.positionAt.time);
  if (because === 'rewound' && progress.gapFrom !== undefined) {
    const gap = { from: progress.gapFrom, to, reason: 'rewound' as const, certain: true };
    takeGap(options, gapRecord(cluster, progress.history, gap), list.live);
    return;
  }
  // A first start owes what was there when it began.
  const live = from === beginning ? list.began : list.live;
  const asOf = live?.time;
  const { observedMs: observedTtlMs } = progress.lifetime;
  const clockSkewMs = progress.skewOf(live);
  const question = { asOf, readAt, eventTtlMs, oldestSurvivor, observedTtlMs, livingSince, preexisting, clockSkewMs };
  const decision = decideGap(question);
  if (!decision.gap) return;
  if (livingSince !== undefined && expiredEarly(question)) {
    const seenMs = readAt - livingSince;
    report({ what: 'event ttl differs', settingMs: eventTtlMs, seenMs, bound: 'at most' });
  }
  const gap = { from: gapEnd(from, asOf), to, reason: 'expired' as const, certain: decision.certain };
  takeGap(options, gapRecord(cluster, progress.history, gap), live);
}
