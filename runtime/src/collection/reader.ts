/**
 * Reads the cluster's Events for one term: watch from the position; where that is impossible, list; for ever.
 *
 * The position moves by frames of one stream and by complete lists only: never by a probe, by time, or by the orderly end of a watch. A request
 * that failed or was refused keeps the position, whatever the reason: freshly started API servers answer 403 for a moment.
 */
import { backoffMs } from '../support/backoff.ts';
import { type CollectorError, isCollectorError } from '../support/errors.ts';
import type { ResourceVersion } from '../support/resource-version.ts';
import type { ResumeToken } from '../token/resume-token.ts';
import { EmptyStreams, type EmptyStream } from './empty-streams.ts';
import { gapEnd, gapRecord } from './gap.ts';
import { checkHistory } from './history-check.ts';
import { takeGap } from './intake.ts';
import type { ReaderOptions } from './reader-options.ts';
import { type RelistReason, relist } from './relist.ts';
import { isRewound, RoomOrRewind } from './rewind.ts';
import type { Start } from './start-decision.ts';
import { type WatchEnd, watchFrom } from './watch-session.ts';

/** Accepted streams that may break at one position before the position itself is suspected. */
const toleratedBreaks = 2;

/** A server that ends watches faster than this, or has no history even after a list, is not asked again at once. */
const shortWatchMs = 1_000;

const retry = { initialMs: 500, maximumMs: 30_000 };

export async function read(options: ReaderOptions, start: Start, signal: AbortSignal): Promise<never> {
  if (start.act === 'watch') recordMove(options, start.token);
  const reader = new Reader(options, start.token.position);
  if (start.act === 'list') await reader.relist(start.because, signal);
  // The start was decided from a probe; the first watch needs no other.
  await reader.watch(signal);
  for (;;) await reader.probeAndWatch(signal);
}

class Reader {
  readonly #options: ReaderOptions;
  #position: ResourceVersion;
  /** Where the last list ended. */
  #listedTo: ResourceVersion | undefined;
  /** When it ended, in milliseconds of monotonic time. */
  #listedAt = Number.NEGATIVE_INFINITY;
  #brokenHere = 0;
  readonly #emptyHere: EmptyStreams;
  /** Whether the server could not read this position although it had just accepted a watch from there. */
  #isSuspected = false;
  /** Watches from this position that ended because the server did not say whether it can read it. */
  #unverifiedHere = 0;
  /** When a list was last made because the position could not be verified, in milliseconds of monotonic time. */
  #unverifiedAt: number | undefined;
  #failures = 0;

  constructor(options: ReaderOptions, position: ResourceVersion) {
    this.#options = options;
    this.#position = position;
    this.#emptyHere = new EmptyStreams(options.retryPeriodMs);
  }

  async relist(because: RelistReason, signal: AbortSignal): Promise<void> {
    const to = await relist(this.#options, because, this.#position, signal);
    if (to === 'rewound') return await this.#rewind(signal);
    this.#moveTo(to);
    this.#listedTo = to;
    this.#listedAt = this.#options.clock.now();
    this.#forgetEnds();
  }

  #moveTo(position: ResourceVersion): void {
    if (position === this.#position) return;
    this.#position = position;
    this.#forgetEnds();
  }

  #forgetEnds(): void {
    this.#brokenHere = 0;
    this.#emptyHere.clear();
    this.#isSuspected = false;
    this.#unverifiedHere = 0;
  }

  async probeAndWatch(signal: AbortSignal): Promise<void> {
    const { source, progress, report } = this.#options;
    try {
      const probed = await source.probe(signal);
      if (isRewound(this.#options, probed.resourceVersion)) return await this.#rewind(signal);
      progress.probed(probed);
    } catch (error) {
      signal.throwIfAborted();
      if (!isCollectorError(error)) throw error;
      report({ what: 'probe failed', error });
      return await this.#backOff(error, signal);
    }
    await this.watch(signal);
  }

  async watch(signal: AbortSignal): Promise<void> {
    const { report, clock } = this.#options;
    const startedAt = clock.now();
    const start = { position: this.#position, isTrusted: this.#unverifiedHere > toleratedBreaks };
    const end = await watchFrom(this.#options, start, signal);
    report({ what: 'watch ended', because: end.how, ...('error' in end ? { error: end.error } : {}) });
    this.#moveTo(end.position);
    const short = clock.now() - startedAt < shortWatchMs;
    // A list does not help where even its end has left the history.
    const isJustListed = end.position === this.#listedTo || startedAt - this.#listedAt < shortWatchMs;
    const inVain = (end.how === 'expired' || end.how === 'compacted') && isJustListed;
    if (end.how !== 'refused' && end.how !== 'unverified' && !short && !inVain) this.#failures = 0;
    if (inVain || (end.how === 'in order' && short)) await this.#backOff(undefined, signal);
    await this.#goOnAfter(end, signal);
  }

  async #goOnAfter(end: WatchEnd, signal: AbortSignal): Promise<void> {
    switch (end.how) {
      case 'in order':
        return end.empty && (await this.#doubt(end.empty, signal));
      case 'compacted':
        return await this.#suspect(signal);
      case 'stalled':
        // The last probe beside the watch is up to a retry period ago.
        if ((await new RoomOrRewind(this.#options, 0).wait(signal)) === 'rewound') await this.#rewind(signal);
        return;
      case 'expired':
        return await this.relist('expired', signal);
      case 'unverified':
        this.#unverifiedHere += 1;
        if (this.#unverifiedHere > toleratedBreaks) return await this.#relistUnverified(signal);
        return await this.#backOff(undefined, signal);
      case 'rewound':
        return await this.#rewind(signal);
      case 'refused':
        return await this.#backOff(end.error, signal);
      case 'broken':
        this.#brokenHere += 1;
        if (this.#brokenHere > toleratedBreaks) return await this.relist('broken', signal);
        return await this.#backOff(end.error, signal);
    }
  }

  /** Some servers answer a watch from a compacted position with an empty stream instead of 410. */
  async #doubt(stream: EmptyStream, signal: AbortSignal): Promise<void> {
    const series = this.#emptyHere.add(stream);
    if (series === undefined) return;
    const { first } = series;
    const answer = await checkHistory(this.#options, this.#position, signal);
    signal.throwIfAborted();
    if (answer === 'unknown') return await this.#relistUnverified(signal);
    if (answer === 'readable')
      return first && this.#options.progress.wasLive(first.acceptedAt.time, first.acceptedAt.clockOffset);
    if (series.atOnce) return await this.relist('expired_unreported', signal);
    await this.#suspect(signal);
  }

  /** It may have been compacted since the watch began: a server that reports that does so when the next watch begins. */
  async #suspect(signal: AbortSignal): Promise<void> {
    if (this.#isSuspected) return await this.relist('expired_unreported', signal);
    this.#isSuspected = true;
  }

  async #relistUnverified(signal: AbortSignal): Promise<void> {
    const { clock, eventTtlMs } = this.#options;
    if (this.#unverifiedAt !== undefined && clock.now() - this.#unverifiedAt < eventTtlMs / 12) return;
    this.#unverifiedAt = clock.now();
    await this.relist('unverified', signal);
  }

  async #rewind(signal: AbortSignal): Promise<void> {
    const { progress, onTurn } = this.#options;
    progress.rewind();
    this.#position = progress.token.position;
    onTurn(this.#position);
    await this.#backOff(undefined, signal);
    await this.relist('rewound', signal);
  }

  async #backOff(error: CollectorError | undefined, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    this.#failures += 1;
    await clock.sleep(Math.max(backoffMs(retry, this.#failures, random), error?.details.retryAfterMs ?? 0), signal);
  }
}

/** The record that a person's move owes, until it is settled. */
function recordMove(options: ReaderOptions, { gapFrom, history, position }: ResumeToken): void {
  if (gapFrom === undefined) return;
  const gap = { from: gapFrom, to: gapEnd(position, undefined), reason: 'moved' as const, certain: true };
  takeGap(options, gapRecord(options.cluster, history, gap), options.progress.liveMoment);
}
