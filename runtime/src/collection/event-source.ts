import type { ResourceVersion } from '../support/resource-version.ts';

/** A core/v1 Event in wire form, as far as anything may be assumed about it: nothing (any field may be absent, or of any type). */
export type RawEvent = Readonly<Record<string, unknown>>;

export interface EventPage {
  readonly items: readonly RawEvent[];
  /** The list's, the same for all pages of one list unless the rest is inconsistent. */
  readonly resourceVersion: ResourceVersion;
  readonly continueToken: string | undefined;
  /** Size of the answer's body. */
  readonly bytes: number;
  /** API-server time of the answer (`Date` header), in milliseconds since 1970. */
  readonly time: number;
}

export interface EventFrame {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: RawEvent;
  readonly resourceVersion: ResourceVersion;
  readonly bytes: number;
}

/** What a probe told. */
export interface Probe {
  /** The store's current one, for Events. */
  readonly resourceVersion: ResourceVersion;
  /** API-server time of the answer, in milliseconds since 1970. */
  readonly time: number;
}

export interface EventStream {
  /** API-server time at which the watch was accepted, in milliseconds since 1970. */
  readonly acceptedAt: number;
  /**
   * The next frame; undefined when the server ended the stream in order. Nothing is read from the socket beyond a small buffer while
   * nobody asks. Throws API_EXPIRED for a 410 frame, API_BROKEN for any other ERROR frame, a cut or an unreadable frame.
   */
  next(): Promise<EventFrame | undefined>;
  /** Destroys the connection; a pending `next` then throws. */
  close(): void;
}

/** The cluster's Events as the API server tells them. Every failure is a CollectorError. */
export interface EventSource {
  /** A LIST of one impossible name. */
  probe(signal: AbortSignal): Promise<Probe>;
  /** One page of at most 500. Throws API_EXPIRED, with a token for the rest where the server gives one. */
  list(continueToken: string | undefined, signal: AbortSignal): Promise<EventPage>;
  /**
   * Whether the server can still read the state at `position`: if it cannot, etcd has compacted the history from there. A LIST of one item at
   * exactly that resourceVersion. Throws for every answer but success and 410.
   */
  canRead(position: ResourceVersion, signal: AbortSignal): Promise<boolean>;
  /** Resolves when the server has accepted the watch. Throws API_EXPIRED where it answers 410 at once. */
  watch(from: ResourceVersion, timeoutSeconds: number, signal: AbortSignal): Promise<EventStream>;
  /** API-server time now: the last `Date` header plus the monotonic time since, in milliseconds since 1970. */
  time(): number;
}
