/**
 * One watch, from its acceptance to its end, with a probe beside it.
 *
 * An Events watch is a watch in etcd: one that is not read makes the API server buffer without bound, and one on a store that was put back to
 * an earlier state stays open and silent. So it is closed when the window has had no room for a while, and the store's resourceVersion is
 * asked for every retry period.
 */
import { pause } from '../support/clock.ts';
import { linked } from '../support/signals.ts';
import { type CollectorError, isCollectorError } from '../support/errors.ts';
import type { ResourceVersion } from '../support/resource-version.ts';
import type { EventFrame, EventStream, Probe } from './event-source.ts';
import { takeEvent, waitForRoom } from './intake.ts';
import type { EmptyStream } from './empty-streams.ts';
import { checkHistory } from './history-check.ts';
import { createdAt, type EventIdentity, identifyEvent, lastWriteOf } from './raw-event.ts';
import type { ServerMoment } from './server-moment.ts';
import type { ReaderOptions } from './reader-options.ts';
import type { ListStart } from './relist.ts';
import { isRewound } from './rewind.ts';

export type WatchEnd =
  /** `compacted`: it brought nothing, and the server cannot read its position. */
  | { readonly how: 'stalled' | 'rewound' | 'compacted'; readonly position: ResourceVersion }
  /** `empty`: it brought nothing, and was over within a retry period. */
  | { readonly how: 'in order'; readonly position: ResourceVersion; readonly empty: EmptyStream | undefined }
  | { readonly how: 'expired'; readonly position: ResourceVersion; readonly start: ListStart }
  | { readonly how: 'broken'; readonly position: ResourceVersion; readonly error: CollectorError }
  /** It was never accepted. */
  | { readonly how: 'refused'; readonly position: ResourceVersion; readonly error: CollectorError };

/** How long a watch may stand unread. */
const stallMs = 10_000;

/** Whoever waits this long for a frame has read all that there was. */
const headWaitMs = 50;

/** How long after such a wait, or such a frame, a frame still counts as written or deleted just now. */
const headLastsMs = 1_000;

/**
 * A server that reports an expired position within this time of reading, in milliseconds, may not have had the whole history when it accepted the
 * watch: old versions of kine send what is left of it first.
 */
const earlyMs = 15_000;

/** What is left of a history is short: a stream that brings more than this had all of it. Bounds the memory of a session, to about 2 MB. */
const earlyFrames = 20_000;

export interface WatchStart {
  readonly position: ResourceVersion;
  /** Whether this server is known to report a position that it cannot read any more. */
  readonly reportsExpiry: boolean;
}

export async function watchFrom(options: ReaderOptions, start: WatchStart, signal: AbortSignal): Promise<WatchEnd> {
  const { position: from } = start;
  const { source, report, random, eventTtlMs } = options;
  const timeoutSeconds = Math.max(1, Math.round((eventTtlMs / 12_000) * (1 + random())));
  let stream: EventStream;
  try {
    stream = await source.watch(from, timeoutSeconds, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isCollectorError(error)) throw error;
    return isCollectorError(error, 'API_EXPIRED')
      ? { how: 'expired', position: from, start: { position: from, live: options.progress.liveMoment } }
      : { how: 'refused', position: from, error };
  }
  report({ what: 'watch accepted', position: String(from) });
  return readStream(new Session(options, stream, start), stream, signal);
}

async function readStream(session: Session, stream: EventStream, signal: AbortSignal): Promise<WatchEnd> {
  const scope = linked(signal);
  const closed = () => stream.close();
  signal.addEventListener('abort', closed);
  const probing = session.probe(scope.signal);
  // A defect there ends the reading too, and is thrown at its end.
  void probing.catch(closed);
  try {
    return await session.read(signal);
  } finally {
    signal.removeEventListener('abort', closed);
    stream.close();
    scope.abort();
    await probing;
  }
}

class Session {
  readonly #options: ReaderOptions;
  readonly #stream: EventStream;
  readonly #from: ResourceVersion;
  readonly #start: ListStart;
  /** Versions that this stream brought while a report of an expired position would be early. */
  readonly #early = new Set<ResourceVersion>();
  /** Monotonic time of the acceptance, in milliseconds. */
  readonly #openedAt: number;
  readonly #acceptedAt: ServerMoment;
  #position: ResourceVersion;
  #frames = 0;
  /** Time for which the window had no room, in milliseconds. */
  #stalledMs = 0;
  /** Whether the position is known to have been readable when the stream was opened. */
  #isVerified: boolean;
  #isCompacted = false;
  /** Since when the next frame is awaited, in milliseconds of monotonic time; undefined while nobody asks for one. */
  #waitingSince: number | undefined;
  #lastProbe: (Probe & { readonly clockOffset: number }) | undefined;
  /** Until when frames are taken for new, in milliseconds of monotonic time. */
  #atHeadUntil = 0;
  #rewound = false;

  constructor(options: ReaderOptions, stream: EventStream, { position, reportsExpiry }: WatchStart) {
    this.#options = options;
    this.#stream = stream;
    this.#from = position;
    this.#start = { position, live: options.progress.liveMoment, read: this.#early };
    this.#openedAt = options.clock.now();
    this.#acceptedAt = { time: stream.acceptedAt, clockOffset: options.progress.clockOffset };
    this.#position = position;
    this.#isVerified = reportsExpiry;
  }

  async read(signal: AbortSignal): Promise<WatchEnd> {
    try {
      for (;;) {
        if (!(await this.#waitForRoom(signal))) return this.#end('stalled');
        const frame = await this.#nextFrame();
        if (frame === undefined) return this.#endInOrder();
        if (isRewound(this.#options, frame.resourceVersion, this.#position)) return this.#end('rewound');
        this.#take(frame);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isCollectorError(error)) throw error;
      if (this.#rewound) return this.#end('rewound');
      if (isCollectorError(error, 'API_EXPIRED')) return this.#expired();
      if (this.#isCompacted) return this.#end('compacted');
      return { how: 'broken', position: this.#position, error };
    }
  }

  /** Asks for the store's resourceVersion every retry period; closes the stream when it is below what this history has seen. */
  async probe(signal: AbortSignal): Promise<void> {
    const { clock, retryPeriodMs, progress } = this.#options;
    for (;;) {
      await pause(clock, retryPeriodMs, signal);
      if (signal.aborted) return;
      const highest = progress.highest;
      const probed = await this.#ask(signal);
      if (probed === undefined) continue;
      if (isRewound(this.#options, probed.resourceVersion, highest)) {
        this.#rewound = true;
        this.#stream.close();
        return;
      }
      progress.saw(probed.resourceVersion);
      this.#lastProbe = { ...probed, clockOffset: progress.clockOffset };
      if (this.#hasCaughtUp && (await this.#verify(signal)))
        progress.wasLive(this.#acceptedAt.time, this.#acceptedAt.clockOffset);
    }
  }

  /** A stream that has brought nothing tells a quiet cluster from a server that hides a compacted position only after a question. */
  async #verify(signal: AbortSignal): Promise<boolean> {
    if (this.#isVerified || this.#position !== this.#from) return true;
    const answer = await checkHistory(this.#options, this.#from, signal);
    this.#isVerified = answer === 'readable';
    this.#isCompacted = answer === 'compacted' && this.#position === this.#from;
    if (this.#isCompacted) this.#stream.close();
    return this.#isVerified;
  }

  /** Whether the reader has waited for a frame for a whole retry period, in vain: then no backlog from before the acceptance is left unread. */
  get #hasCaughtUp(): boolean {
    const { clock, retryPeriodMs } = this.#options;
    return this.#waitingSince !== undefined && clock.now() - this.#waitingSince >= retryPeriodMs;
  }

  async #waitForRoom(signal: AbortSignal): Promise<boolean> {
    const { window, clock } = this.#options;
    if (window.hasRoom) return true;
    const fullAt = clock.now();
    const hasRoom = await waitForRoom(this.#options, signal, stallMs);
    this.#stalledMs += clock.now() - fullAt;
    return hasRoom;
  }

  async #nextFrame(): Promise<EventFrame | undefined> {
    const { clock } = this.#options;
    const askedAt = clock.now();
    this.#waitingSince = askedAt;
    try {
      return await this.#stream.next();
    } finally {
      this.#waitingSince = undefined;
      if (clock.now() - askedAt >= headWaitMs) this.#atHeadUntil = clock.now() + headLastsMs;
    }
  }

  async #ask(signal: AbortSignal): Promise<Probe | undefined> {
    const { source, report } = this.#options;
    try {
      return await source.probe(signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!isCollectorError(error)) throw error;
      report({ what: 'probe failed', error });
      return undefined;
    }
  }

  #take({ type, object, resourceVersion, bytes }: EventFrame): void {
    const { progress, window, source, clock, report, settled } = this.#options;
    this.#position = resourceVersion;
    progress.saw(resourceVersion);
    if (this.#isEarly) this.#early.add(resourceVersion);
    else this.#early.clear();
    this.#frames += 1;
    const identity = type === 'BOOKMARK' ? undefined : identifyEvent(object);
    if (identity !== undefined && type !== 'DELETED') {
      const change = type === 'MODIFIED' ? 'updated' : 'added';
      const writtenAt = takeEvent(this.#options, {
        event: object,
        identity,
        change,
        position: resourceVersion,
        bytes,
        live: progress.liveMoment,
      });
      this.#moveAsOf(resourceVersion, type === 'ADDED' ? createdAt(object) : undefined);
      if (writtenAt !== undefined && writtenAt >= source.time() - headLastsMs)
        this.#atHeadUntil = clock.now() + headLastsMs;
      return;
    }
    if (identity !== undefined) this.#noteDeletion(identity, lastWriteOf(object));
    if (type === 'ADDED' || type === 'MODIFIED') {
      report({
        what: 'event dropped',
        reason: 'malformed',
        records: 1,
        id: `.${resourceVersion}`,
        detail: 'a watch frame has no readable uid or name',
      });
    }
    window.advance(resourceVersion);
    settled.ring();
    this.#moveAsOf(resourceVersion, undefined);
  }

  /**
   * As-of follows what has been read: the last probe that the frames have passed (they come in order), or the creation of a new Event, which the
   * API server dates. The times of other writes can be forged.
   */
  #moveAsOf(resourceVersion: ResourceVersion, createdMs: number | undefined): void {
    const { progress, source } = this.#options;
    const probe = this.#lastProbe;
    if (probe !== undefined && resourceVersion >= probe.resourceVersion)
      progress.wasLive(probe.time, probe.clockOffset);
    if (createdMs !== undefined) progress.wasLive(Math.min(createdMs, source.time()));
  }

  #noteDeletion(identity: EventIdentity, writtenAt: number | undefined): void {
    const { progress, source, clock, eventTtlMs, report } = this.#options;
    const deletedAt = clock.now() <= this.#atHeadUntil ? source.time() : undefined;
    const seenMs = progress.lifetime.deleted(identity, writtenAt, deletedAt);
    if (seenMs !== undefined) report({ what: 'event ttl differs', settingMs: eventTtlMs, seenMs, bound: 'about' });
  }

  /** A rewind that the probe saw counts, however the stream ended meanwhile. */
  #end(how: 'stalled' | 'rewound' | 'compacted'): WatchEnd {
    return { how: this.#rewound ? 'rewound' : how, position: this.#position };
  }

  #endInOrder(): WatchEnd {
    if (this.#rewound) return this.#end('rewound');
    const lastedMs = this.#options.clock.now() - this.#openedAt;
    const isEmpty = this.#position === this.#from && lastedMs < this.#options.retryPeriodMs;
    const empty = isEmpty ? { lastedMs, acceptedAt: this.#acceptedAt } : undefined;
    return { how: 'in order', position: this.#position, empty };
  }

  /** A list after an early report begins where the stream began, and leaves out what the stream brought. */
  #expired(): WatchEnd {
    const position = this.#position;
    const start = this.#isEarly ? this.#start : { position, live: this.#options.progress.liveMoment };
    return { how: 'expired', position, start };
  }

  get #isEarly(): boolean {
    return this.#readingMs < earlyMs && this.#frames < earlyFrames;
  }

  /** How long the stream has been read, without the time for which the window had no room; in milliseconds. */
  get #readingMs(): number {
    return this.#options.clock.now() - this.#openedAt - this.#stalledMs;
  }
}
