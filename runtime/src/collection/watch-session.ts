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
import { checkHistory, type HistoryAnswer } from './history-check.ts';
import { type EventIdentity, identifyEvent, lastWriteOf } from './raw-event.ts';
import type { ServerMoment } from './server-moment.ts';
import type { ReaderOptions } from './reader-options.ts';
import { isRewound } from './rewind.ts';

export type WatchEnd =
  /**
   * `compacted`: the server accepted it although it cannot read the position. `unverified`: the server does not answer whether it can. Nothing of
   * either was taken.
   */
  | {
      readonly how: 'stalled' | 'rewound' | 'expired' | 'compacted' | 'unverified';
      readonly position: ResourceVersion;
    }
  /** `empty`: it brought nothing, and leaves open why. */
  | { readonly how: 'in order'; readonly position: ResourceVersion; readonly empty: EmptyStream | undefined }
  | { readonly how: 'broken'; readonly position: ResourceVersion; readonly error: CollectorError }
  /** It was never accepted. */
  | { readonly how: 'refused'; readonly position: ResourceVersion; readonly error: CollectorError };

/** How long a watch may stand unread. */
const stallMs = 10_000;

/** Whoever waits this long for a frame has read all that there was. */
const headWaitMs = 50;

/** How long after such a wait, or such a frame, a frame still counts as written or deleted just now. */
const headLastsMs = 1_000;

/** How a watch ends whose position is not readable; where it is, only because of a rewind. */
const ends = { readable: 'rewound', compacted: 'compacted', unknown: 'unverified' } as const;

export interface WatchStart {
  readonly position: ResourceVersion;
  /** Whether what it brings counts although the server does not say if it can read the position. */
  readonly isTrusted: boolean;
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
      ? { how: 'expired', position: from }
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
  readonly #acceptedAt: ServerMoment;
  #position: ResourceVersion;
  /** What the server says of its history at the position; asked at most once at a time. */
  #answer: Promise<HistoryAnswer> | undefined;
  #isReadable: boolean;
  readonly #isTrusted: boolean;
  #isCompacted = false;
  /** Since when the next frame is awaited, in milliseconds of monotonic time; undefined while nobody asks for one. */
  #waitingSince: number | undefined;
  /** How long the latest frame, or the end, was waited for; in milliseconds. */
  #lastWaitMs = 0;
  /** Until when frames are taken for new, in milliseconds of monotonic time. */
  #atHeadUntil = 0;
  #rewound = false;

  constructor(options: ReaderOptions, stream: EventStream, { position, isTrusted }: WatchStart) {
    this.#options = options;
    this.#stream = stream;
    this.#from = position;
    this.#acceptedAt = { time: stream.acceptedAt, clockOffset: options.progress.clockOffset };
    this.#position = position;
    // A position behind which nothing has been written cannot have left the history.
    this.#isReadable = options.progress.highest === position;
    this.#isTrusted = isTrusted;
  }

  async read(signal: AbortSignal): Promise<WatchEnd> {
    try {
      for (;;) {
        if (!this.#options.window.hasRoom && !(await waitForRoom(this.#options, signal, stallMs)))
          return this.#end('stalled');
        const frame = await this.#nextFrame();
        if (frame === undefined) return this.#endInOrder();
        if (isRewound(this.#options, frame.resourceVersion, this.#position)) return this.#end('rewound');
        if (this.#isUnproven) {
          const answer = await this.#beforeFirst(signal);
          if (this.#rewound || answer !== 'readable') return this.#end(ends[answer]);
        }
        this.#take(frame);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isCollectorError(error)) throw error;
      if (this.#rewound) return this.#end('rewound');
      if (isCollectorError(error, 'API_EXPIRED')) return this.#end('expired');
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
      progress.probed(probed);
      if (this.#hasCaughtUp) await this.#noteQuiet(signal);
    }
  }

  /**
   * A stream that has brought nothing may stand at a position that has left the history: as-of moves only after a question. Where the question was
   * not answered, the end of the watch decides.
   */
  async #noteQuiet(signal: AbortSignal): Promise<void> {
    const { progress } = this.#options;
    const isSilent = this.#position === this.#from;
    const answer = isSilent ? await (this.#answer ?? this.#askHistory(signal)) : 'readable';
    if (answer === 'readable') progress.wasLive(this.#acceptedAt.time, this.#acceptedAt.clockOffset);
    if (answer !== 'compacted' || this.#position !== this.#from) return;
    this.#isCompacted = true;
    this.#stream.close();
  }

  /**
   * Asked before the first frame is taken. Some servers answer a watch from a position that has left the history with what is left of it, and
   * report that later, as old versions of kine do, or never.
   */
  async #beforeFirst(signal: AbortSignal): Promise<HistoryAnswer> {
    const known = await this.#answer;
    const answer = known === undefined || known === 'unknown' ? await this.#askHistory(signal) : known;
    signal.throwIfAborted();
    return answer;
  }

  get #isUnproven(): boolean {
    return this.#position === this.#from && !this.#isTrusted;
  }

  #askHistory(signal: AbortSignal): Promise<HistoryAnswer> {
    if (this.#isReadable) return Promise.resolve('readable');
    this.#answer = checkHistory(this.#options, this.#from, signal).then((answer) => {
      this.#isReadable = answer === 'readable';
      return answer;
    });
    return this.#answer;
  }

  /** Whether the reader has waited for a frame for a whole retry period, in vain: then no backlog from before the acceptance is left unread. */
  get #hasCaughtUp(): boolean {
    const { clock, retryPeriodMs } = this.#options;
    return this.#waitingSince !== undefined && clock.now() - this.#waitingSince >= retryPeriodMs;
  }

  async #nextFrame(): Promise<EventFrame | undefined> {
    const { clock } = this.#options;
    const askedAt = clock.now();
    this.#waitingSince = askedAt;
    try {
      return await this.#stream.next();
    } finally {
      this.#waitingSince = undefined;
      this.#lastWaitMs = clock.now() - askedAt;
      if (this.#lastWaitMs >= headWaitMs) this.#atHeadUntil = clock.now() + headLastsMs;
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
      progress.reached(resourceVersion);
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
    progress.reached(resourceVersion);
  }

  #noteDeletion(identity: EventIdentity, writtenAt: number | undefined): void {
    const { progress, source, clock, eventTtlMs, report } = this.#options;
    const deletedAt = clock.now() <= this.#atHeadUntil ? source.time() : undefined;
    const seenMs = progress.lifetime.deleted(identity, writtenAt, deletedAt);
    if (seenMs !== undefined) report({ what: 'event ttl differs', settingMs: eventTtlMs, seenMs, bound: 'about' });
  }

  /** A rewind that the probe saw counts, however the stream ended meanwhile. */
  #end(how: 'stalled' | 'rewound' | 'expired' | 'compacted' | 'unverified'): WatchEnd {
    return { how: this.#rewound ? 'rewound' : how, position: this.#position };
  }

  #endInOrder(): WatchEnd {
    if (this.#rewound) return this.#end('rewound');
    const { retryPeriodMs, progress } = this.#options;
    const lastedMs = this.#lastWaitMs;
    const isSilent = this.#position === this.#from;
    const isQuiet = this.#isReadable && lastedMs >= retryPeriodMs;
    if (isSilent && isQuiet) progress.wasLive(this.#acceptedAt.time, this.#acceptedAt.clockOffset);
    const empty = isSilent && !isQuiet ? { lastedMs, acceptedAt: this.#acceptedAt } : undefined;
    return { how: 'in order', position: this.#position, empty };
  }
}
