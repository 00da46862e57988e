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
import { gapEnd, gapRecord } from './gap.ts';
import { takeGap } from './intake.ts';
import type { ReaderOptions } from './reader-options.ts';
import { type ListStart, type RelistReason, relist } from './relist.ts';
import { isRewound, RoomOrRewind } from './rewind.ts';
import type { Start } from './start-decision.ts';
import { type WatchEnd, watchFrom } from './watch-session.ts';

/** Accepted streams that may break, or end in silence, at one position before the position itself is suspected. */
const toleratedEnds = 2;

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
  #brokenHere = 0;
  /** Streams from this position that ended at once, in order and without a frame. */
  #silentHere = 0;
  /** When a list was last made because the position could not be verified, in milliseconds of monotonic time. */
  #unverifiedAt: number | undefined;
  #failures = 0;

  constructor(options: ReaderOptions, position: ResourceVersion) {
    this.#options = options;
    this.#position = position;
  }

  async relist(
    because: RelistReason,
    signal: AbortSignal,
    start: ListStart = { position: this.#position, asOf: this.#options.progress.live },
  ): Promise<void> {
    const to = await relist(this.#options, because, start, signal);
    if (to === 'rewound') return await this.#rewind(signal);
    this.#moveTo(to);
    this.#listedTo = to;
    this.#brokenHere = 0;
    this.#silentHere = 0;
  }

  #moveTo(position: ResourceVersion): void {
    if (position === this.#position) return;
    this.#position = position;
    this.#brokenHere = 0;
    this.#silentHere = 0;
  }

  async probeAndWatch(signal: AbortSignal): Promise<void> {
    const { source, progress, report } = this.#options;
    try {
      const { resourceVersion } = await source.probe(signal);
      if (isRewound(this.#options, resourceVersion)) return await this.#rewind(signal);
      progress.saw(resourceVersion);
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
    const end = await watchFrom(this.#options, this.#position, signal);
    report({ what: 'watch ended', because: end.how, ...('error' in end ? { error: end.error } : {}) });
    this.#moveTo(end.position);
    const short = clock.now() - startedAt < shortWatchMs;
    if (end.how !== 'refused' && !short) this.#failures = 0;
    const inVain = end.how === 'in order' || (end.how === 'expired' && end.position === this.#listedTo);
    if (inVain && short) await this.#backOff(undefined, signal);
    await this.#goOnAfter(end, signal);
  }

  async #goOnAfter(end: WatchEnd, signal: AbortSignal): Promise<void> {
    switch (end.how) {
      case 'in order':
        return end.silent ? await this.#doubt(signal) : undefined;
      case 'stalled':
        // The last probe beside the watch is up to a retry period ago.
        if ((await new RoomOrRewind(this.#options, 0).wait(signal)) === 'rewound') await this.#rewind(signal);
        return;
      case 'expired':
        return await this.relist('expired', signal, end.start);
      case 'rewound':
        return await this.#rewind(signal);
      case 'refused':
        return await this.#backOff(end.error, signal);
      case 'broken':
        this.#brokenHere += 1;
        if (this.#brokenHere > toleratedEnds) return await this.relist('broken', signal);
        return await this.#backOff(end.error, signal);
    }
  }

  /** Some servers answer a watch from a compacted position with an empty stream instead of 410: after three of them, the position is verified. */
  async #doubt(signal: AbortSignal): Promise<void> {
    this.#silentHere += 1;
    if (this.#silentHere <= toleratedEnds) return;
    this.#silentHere = 0;
    switch (await this.#verify(signal)) {
      case 'readable':
        return;
      case 'compacted':
        return await this.relist('expired_unreported', signal);
      case 'unknown': {
        const { clock, eventTtlMs } = this.#options;
        if (this.#unverifiedAt !== undefined && clock.now() - this.#unverifiedAt < eventTtlMs / 12) return;
        this.#unverifiedAt = clock.now();
        return await this.relist('unverified', signal);
      }
    }
  }

  async #verify(signal: AbortSignal): Promise<'readable' | 'compacted' | 'unknown'> {
    const { source, report } = this.#options;
    try {
      return (await source.canRead(this.#position, signal)) ? 'readable' : 'compacted';
    } catch (error) {
      signal.throwIfAborted();
      if (!isCollectorError(error)) throw error;
      report({ what: 'collection request failed', verb: 'list', error });
      return 'unknown';
    }
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
function recordMove(options: ReaderOptions, { gapFrom, history, position, asOf }: ResumeToken): void {
  if (gapFrom === undefined) return;
  const gap = { from: gapFrom, to: gapEnd(position, undefined), reason: 'moved' as const, certain: true };
  takeGap(options, gapRecord(options.cluster, history, gap), asOf);
}
