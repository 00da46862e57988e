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
import type { EventFrame, EventStream } from './event-source.ts';
import { takeEvent, waitForRoom } from './intake.ts';
import { identifyEvent } from './raw-event.ts';
import type { ReaderOptions } from './reader-options.ts';
import { isRewound } from './rewind.ts';

export type WatchEnd =
  | { readonly how: 'in order' | 'stalled' | 'rewound' | 'expired'; readonly position: ResourceVersion }
  | { readonly how: 'broken'; readonly position: ResourceVersion; readonly error: CollectorError }
  /** It was never accepted. */
  | { readonly how: 'refused'; readonly position: ResourceVersion; readonly error: CollectorError };

/** How long a watch may stand unread. */
const stallMs = 10_000;

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
      ? { how: 'expired', position: from }
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
  #position: ResourceVersion;
  #rewound = false;

  constructor(options: ReaderOptions, stream: EventStream, from: ResourceVersion) {
    this.#options = options;
    this.#stream = stream;
    this.#position = from;
  }

  async read(signal: AbortSignal): Promise<WatchEnd> {
    try {
      for (;;) {
        if (!this.#options.window.hasRoom && !(await waitForRoom(this.#options, signal, stallMs)))
          return this.#end('stalled');
        const frame = await this.#stream.next();
        if (frame === undefined) return this.#end('in order');
        if (isRewound(this.#options, frame.resourceVersion, this.#position)) return this.#end('rewound');
        this.#take(frame);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isCollectorError(error)) throw error;
      if (this.#rewound) return this.#end('rewound');
      if (isCollectorError(error, 'API_EXPIRED')) return this.#end('expired');
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
      if (isRewound(this.#options, probed, highest)) {
        this.#rewound = true;
        this.#stream.close();
        return;
      }
      progress.saw(probed);
      // A watch that has been open for this long has delivered what lay before its acceptance, unless it waits for room.
      if (this.#options.window.hasRoom) progress.wasLive(this.#stream.acceptedAt);
    }
  }

  async #ask(signal: AbortSignal): Promise<ResourceVersion | undefined> {
    const { source, report } = this.#options;
    try {
      return (await source.probe(signal)).resourceVersion;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!isCollectorError(error)) throw error;
      report({ what: 'probe failed', error });
      return undefined;
    }
  }

  #take({ type, object, resourceVersion, bytes }: EventFrame): void {
    const { progress, window, report, settled } = this.#options;
    this.#position = resourceVersion;
    progress.saw(resourceVersion);
    const identity = type === 'ADDED' || type === 'MODIFIED' ? identifyEvent(object) : undefined;
    if (identity !== undefined) {
      const change = type === 'MODIFIED' ? 'updated' : 'added';
      progress.wasLive(takeEvent(this.#options, { event: object, identity, change, position: resourceVersion, bytes }));
      return;
    }
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

  /** A rewind that the probe saw counts, however the stream ended meanwhile. */
  #end(how: 'in order' | 'stalled' | 'rewound' | 'expired'): WatchEnd {
    return { how: this.#rewound ? 'rewound' : how, position: this.#position };
  }
}
