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
import { type EventIdentity, identifyEvent, lastWriteOf } from './raw-event.ts';
import type { ReaderOptions } from './reader-options.ts';
import type { ListStart } from './relist.ts';
import { isRewound } from './rewind.ts';

export type WatchEnd =
  | { readonly how: 'stalled' | 'rewound'; readonly position: ResourceVersion }
  /** `silent`: at once and without a frame, as some servers answer a watch from a compacted position. */
  | { readonly how: 'in order'; readonly position: ResourceVersion; readonly silent: boolean }
  | { readonly how: 'expired'; readonly position: ResourceVersion; readonly start: ListStart }
  | { readonly how: 'broken'; readonly position: ResourceVersion; readonly error: CollectorError }
  /** It was never accepted. */
  | { readonly how: 'refused'; readonly position: ResourceVersion; readonly error: CollectorError };

/** How long a watch may stand unread. */
const stallMs = 10_000;

/** Whoever waits this long for a frame has read all that there was. */
const headWaitMs = 50;

/** For so long after that, what comes was written, or deleted, just now. */
const headLastsMs = 1_000;

/** A watch that the server ends faster than this, without a frame, casts doubt on its position. */
const silentEndMs = 1_000;

export async function watchFrom(options: ReaderOptions, from: ResourceVersion, signal: AbortSignal): Promise<WatchEnd> {
  const { source, report, random, eventTtlMs } = options;
  const timeoutSeconds = Math.max(1, Math.round((eventTtlMs / 12_000) * (1 + random())));
  let stream: EventStream;
  try {
    stream = await source.watch(from, timeoutSeconds, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isCollectorError(error)) throw error;
    return isCollectorError(error, 'API_EXPIRED')
      ? { how: 'expired', position: from, start: { position: from, asOf: options.progress.live } }
      : { how: 'refused', position: from, error };
  }
  report({ what: 'watch accepted', position: String(from) });
  return readStream(options, stream, from, signal);
}

async function readStream(
  options: ReaderOptions,
  stream: EventStream,
  from: ResourceVersion,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const scope = linked(signal);
  const session = new Session(options, stream, from);
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
  /** Versions that this stream brought within its first retry period. */
  readonly #early = new Set<ResourceVersion>();
  /** Monotonic time of the acceptance, in milliseconds. */
  readonly #openedAt: number;
  #position: ResourceVersion;
  /** Since when the next frame is awaited, in milliseconds of monotonic time; undefined while nobody asks for one. */
  #waitingSince: number | undefined;
  #lastProbe: Probe | undefined;
  /** Until when frames are taken for new, in milliseconds of monotonic time. */
  #atHeadUntil = 0;
  #rewound = false;

  constructor(options: ReaderOptions, stream: EventStream, from: ResourceVersion) {
    this.#options = options;
    this.#stream = stream;
    this.#from = from;
    this.#start = { position: from, asOf: options.progress.live, read: this.#early };
    this.#openedAt = options.clock.now();
    this.#position = from;
  }

  async read(signal: AbortSignal): Promise<WatchEnd> {
    try {
      for (;;) {
        if (!this.#options.window.hasRoom && !(await waitForRoom(this.#options, signal, stallMs)))
          return this.#end('stalled');
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
      this.#lastProbe = probed;
      if (this.#hasCaughtUp) progress.wasLive(this.#stream.acceptedAt);
    }
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
    if (this.#isYoung) this.#early.add(resourceVersion);
    else this.#early.clear();
    // Frames come in order: what the store held at that probe has been read.
    if (this.#lastProbe !== undefined && resourceVersion >= this.#lastProbe.resourceVersion)
      progress.wasLive(this.#lastProbe.time);
    const identity = type === 'BOOKMARK' ? undefined : identifyEvent(object);
    if (identity !== undefined && type !== 'DELETED') {
      const change = type === 'MODIFIED' ? 'updated' : 'added';
      const writtenAt = takeEvent(this.#options, {
        event: object,
        identity,
        change,
        position: resourceVersion,
        bytes,
      });
      progress.wasLive(writtenAt);
      if (writtenAt >= source.time() - headLastsMs) this.#atHeadUntil = clock.now() + headLastsMs;
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
  }

  #noteDeletion(identity: EventIdentity, writtenAt: number | undefined): void {
    const { progress, source, clock, eventTtlMs, report } = this.#options;
    const deletedAt = clock.now() <= this.#atHeadUntil ? source.time() : undefined;
    const seenMs = progress.lifetime.deleted(identity, writtenAt, deletedAt);
    if (seenMs !== undefined) report({ what: 'event ttl differs', settingMs: eventTtlMs, seenMs, bound: 'about' });
  }

  /** A rewind that the probe saw counts, however the stream ended meanwhile. */
  #end(how: 'stalled' | 'rewound'): WatchEnd {
    return { how: this.#rewound ? 'rewound' : how, position: this.#position };
  }

  #endInOrder(): WatchEnd {
    if (this.#rewound) return this.#end('rewound');
    const silent = this.#position === this.#from && this.#ageMs < silentEndMs;
    return { how: 'in order', position: this.#position, silent };
  }

  /**
   * A server that reports it soon after the acceptance may not have had the whole history when it accepted: old versions of kine sent what was
   * left of it first. So the list begins where such a stream began, and leaves out only what the stream brought.
   */
  #expired(): WatchEnd {
    const position = this.#position;
    const start = this.#isYoung ? this.#start : { position, asOf: this.#options.progress.live };
    return { how: 'expired', position, start };
  }

  get #isYoung(): boolean {
    return this.#ageMs < this.#options.retryPeriodMs;
  }

  get #ageMs(): number {
    return this.#options.clock.now() - this.#openedAt;
  }
}
