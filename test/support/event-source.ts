import type {
  EventFrame,
  EventPage,
  EventSource,
  EventStream,
  RawEvent,
} from '../../runtime/src/collection/event-source.ts';
import type { CollectorError } from '../../runtime/src/support/errors.ts';
import { linked } from '../../runtime/src/support/signals.ts';
import type { ManualClock } from './manual-clock.ts';
import { direct, failure, type Passage } from './named-object.ts';

export type EventVerb = 'probe' | 'list' | 'exact list' | 'watch';

export interface LoggedEventRequest {
  readonly verb: EventVerb;
  readonly at: number;
  /** Of a watch or an exact list. */
  readonly from: number | undefined;
  /** Of a list. */
  readonly continueToken: string | undefined;
}

/** One version that the store accepted. */
export interface Written {
  /** As records name it. */
  readonly id: string;
  readonly key: string;
  readonly revision: number;
  /** By the API server's time. */
  readonly at: number;
}

export interface EventStoreOptions {
  readonly clock: ManualClock;
  readonly ttlMs?: number;
  readonly pageSize?: number;
  /** With `false` an expired continue token is answered without a token for the rest. */
  readonly offersRest?: boolean;
  /**
   * How a watch from a compacted position is answered: with 410; with an accepted stream that brings no frame and ends (front ends that
   * swallow the answer); or with the newest frames only, and then an ERROR frame of 410 (kine). @default 'gone'
   */
  readonly onExpired?: 'gone' | 'empty' | 'newest first';
  /** How long such an empty stream lasts. @default 0 */
  readonly emptyMs?: number;
  /** What `managedFields` say of the last write: its time, nothing, or a time far in the future. @default 'true' */
  readonly writeTimes?: 'true' | 'missing' | 'forged';
}

interface Change {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly key: string;
  readonly event: StoredEvent;
}

interface StoredEvent {
  readonly body: RawEvent;
  readonly uid: string;
  readonly revision: number;
  readonly count: number;
  /** In milliseconds of API-server time. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** A state to which the store can be put back. */
export interface Snapshot {
  readonly revision: number;
  readonly changes: readonly Change[];
}

/** The API server's clock is not that of any collector. */
const apiAheadMs = -5 * 3_600_000;

/** Crosses powers of ten soon: whoever compares resourceVersions as text is found out. */
const firstRevision = 95;

/** The Events of a cluster as etcd keeps them behind an API server: one revision for each write, a history until it is compacted, leases. */
export class EventStore {
  readonly requests: LoggedEventRequest[] = [];
  /** All versions that were ever accepted, in order. */
  readonly written: Written[] = [];
  /** How far the clock of the API server that answers is ahead of the one that writes, in milliseconds. */
  answersAheadMs = 0;
  readonly #clock: ManualClock;
  readonly #ttlMs: number;
  readonly #pageSize: number;
  readonly #offersRest: boolean;
  readonly #onExpired: 'gone' | 'empty' | 'newest first';
  readonly #emptyMs: number;
  readonly #writeTimes: 'true' | 'missing' | 'forged';
  readonly #scripted = new Map<EventVerb, Passage[]>();
  readonly #streams = new Set<OpenStream>();
  #revision = firstRevision;
  #compacted = 0;
  #changes: Change[] = [];
  #lease = { grantedAt: Number.NEGATIVE_INFINITY, expiresAt: 0 };
  #uids = 0;

  constructor(options: EventStoreOptions) {
    const { clock, ttlMs = 3_600_000, pageSize = 500, offersRest = true, onExpired = 'gone', emptyMs = 0 } = options;
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#pageSize = pageSize;
    this.#offersRest = offersRest;
    this.#onExpired = onExpired;
    this.#emptyMs = emptyMs;
    this.#writeTimes = options.writeTimes ?? 'true';
  }

  /** API-server time. */
  get time(): number {
    return this.#clock.wallTime() + apiAheadMs;
  }

  /** As answers tell it. */
  get #answerTime(): number {
    return this.time + this.answersAheadMs;
  }

  get revision(): number {
    return this.#revision;
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  /** The verbs of all requests so far, in order. */
  get verbs(): readonly EventVerb[] {
    return this.requests.map(({ verb }) => verb);
  }

  /** How often a verb was asked for. */
  count(verb: EventVerb): number {
    return this.requests.filter((request) => request.verb === verb).length;
  }

  create(name: string, overrides: RawEvent = {}): Written {
    this.#uids += 1;
    return this.#write('ADDED', name, `uid-${this.#uids}`, 1, overrides);
  }

  update(name: string, overrides: RawEvent = {}): Written {
    const before = this.#current().get(keyOf(name));
    if (before === undefined) throw new Error(`there is no event "${name}"`);
    return this.#write('MODIFIED', name, before.uid, before.count + 1, overrides);
  }

  delete(name: string): void {
    this.#revision += 1;
    this.#remove([keyOf(name)]);
  }

  /** Names of what is stored now, in key order. */
  get names(): readonly string[] {
    this.expire();
    return [...this.#current().keys()].sort().map((key) => key.split('/')[1] ?? '');
  }

  /** Writes of other kinds in the same etcd. */
  pass(revisions: number): void {
    this.#revision += revisions;
  }

  /** Forgets the history before now. */
  compact(): void {
    this.expire();
    this.#compacted = this.#revision;
  }

  snapshot(): Snapshot {
    return { revision: this.#revision, changes: [...this.#changes] };
  }

  /** etcd is put back under a running API server: open watches stay open, and silent. */
  restore({ revision, changes }: Snapshot): void {
    this.#revision = revision;
    this.#changes = [...changes];
    this.#compacted = Math.min(this.#compacted, revision);
    for (const stream of this.#streams) stream.silenced = true;
  }

  /** Removes what has outlived its lease: all of one lease at one revision. */
  expire(): void {
    const dead = [...this.#current()].filter(([, { expiresAt }]) => expiresAt <= this.time);
    for (const lease of new Set(dead.map(([, { expiresAt }]) => expiresAt))) {
      this.#revision += 1;
      this.#remove(dead.filter(([, { expiresAt }]) => expiresAt === lease).map(([key]) => key));
    }
  }

  /** The next request of this verb passes as `passage` says. */
  next(verb: EventVerb, passage: Passage): void {
    this.#scripted.set(verb, [...(this.#scripted.get(verb) ?? []), passage]);
  }

  /** Ends all open streams, in order or with an error. */
  endStreams(error?: CollectorError): void {
    for (const stream of this.#streams) stream.end(error);
  }

  /** A frame of its own on all open streams, as a watch cache sends them. */
  bookmark(): void {
    const resourceVersion = BigInt(this.#revision);
    const object = { metadata: { resourceVersion: String(this.#revision) } };
    for (const stream of this.#streams) stream.push({ type: 'BOOKMARK', object, resourceVersion, bytes: 100 });
  }

  /** The store as a collector reaches it. */
  get source(): EventSource {
    return {
      probe: (signal) =>
        this.#answer({ verb: 'probe' }, signal, () => ({
          resourceVersion: BigInt(this.#revision),
          time: this.#answerTime,
        })),
      list: (continueToken, signal) =>
        this.#answer({ verb: 'list', continueToken }, signal, () => this.#list(continueToken)),
      canRead: (position, signal) =>
        this.#answer({ verb: 'exact list', from: Number(position) }, signal, () => Number(position) >= this.#compacted),
      watch: (from, timeoutSeconds, signal) =>
        this.#answer({ verb: 'watch', from: Number(from) }, signal, () => this.#watch(Number(from), timeoutSeconds)),
      time: () => this.#answerTime,
    };
  }

  async #answer<A>(
    { verb, from, continueToken }: Partial<LoggedEventRequest> & { readonly verb: EventVerb },
    parent: AbortSignal,
    apply: () => A,
  ): Promise<A> {
    this.requests.push({ verb, at: this.#clock.now(), from, continueToken });
    const pass = this.#scripted.get(verb)?.shift() ?? direct;
    const { signal } = linked(parent);
    const current = () => {
      this.expire();
      return apply();
    };
    try {
      signal.throwIfAborted();
      return await pass(current, { verb: verb === 'watch' ? verb : 'get', signal });
    } catch (error) {
      throw signal.aborted ? failure('API_UNAVAILABLE', 'no answer', { cause: signal.reason }) : error;
    }
  }

  #list(continueToken: string | undefined): EventPage {
    const { at, after } = this.#placeOf(continueToken);
    if (at < this.#compacted)
      throw failure('API_EXPIRED', 'the continue token is too old', {
        status: 410,
        ...(this.#offersRest ? { continueToken: JSON.stringify({ after }) } : {}),
      });
    if (at > this.#revision) throw failure('API_UNAVAILABLE', 'required revision is a future revision');
    const all = [...this.#stateAt(at)].filter(([key]) => key > after).sort(([a], [b]) => (a < b ? -1 : 1));
    const page = all.slice(0, this.#pageSize);
    const last = page.at(-1)?.[0] ?? after;
    return {
      items: page.map(([, { body }]) => body),
      resourceVersion: BigInt(at),
      continueToken: all.length > page.length ? JSON.stringify({ at, after: last }) : undefined,
      bytes: page.length * 1_000,
      time: this.#answerTime,
    };
  }

  #placeOf(continueToken: string | undefined): { readonly at: number; readonly after: string } {
    if (continueToken === undefined) return { at: this.#revision, after: '' };
    const { at = this.#revision, after } = JSON.parse(continueToken) as {
      readonly at?: number;
      readonly after: string;
    };
    return { at, after };
  }

  /** A revision that lies in the future is accepted, and nothing is heard until the store has passed it. */
  #watch(from: number, timeoutSeconds: number): EventStream {
    const expired = failure('API_EXPIRED', 'required revision has been compacted', { status: 410 });
    const isExpired = from < this.#compacted;
    if (isExpired && this.#onExpired === 'gone') throw expired;
    const stream = new OpenStream(this.#answerTime, from, () => this.#streams.delete(stream));
    const frames = isExpired ? (this.#onExpired === 'empty' ? [] : this.#changes.slice(-1)) : this.#changes;
    for (const change of frames) stream.push(frameOf(change));
    this.#streams.add(stream);
    const isEmpty = isExpired && this.#onExpired === 'empty';
    stream.silenced = isEmpty;
    if (isEmpty && this.#emptyMs === 0) stream.end(undefined);
    else if (isExpired && !isEmpty) stream.end(expired);
    const lastsMs = Math.min(timeoutSeconds * 1_000, isEmpty ? this.#emptyMs : Number.POSITIVE_INFINITY);
    void this.#clock.sleep(lastsMs, stream.closed).then(
      () => stream.end(undefined),
      () => undefined,
    );
    return stream;
  }

  #write(type: 'ADDED' | 'MODIFIED', name: string, uid: string, count: number, overrides: RawEvent): Written {
    this.expire();
    this.#revision += 1;
    const key = keyOf(name);
    const written = { id: `${uid}.${this.#revision}`, key, revision: this.#revision, at: this.time };
    const createdAt = this.#current().get(key)?.createdAt ?? this.time;
    const body = {
      ...eventBody({
        key,
        uid,
        revision: this.#revision,
        count,
        createdAt,
        time: this.time,
        writeTimes: this.#writeTimes,
      }),
      ...overrides,
    };
    const event = { body, uid, revision: this.#revision, count, createdAt, expiresAt: this.#leaseEnd() };
    this.written.push(written);
    this.#record({ revision: this.#revision, type, key, event });
    return written;
  }

  /** A lease is shared by what is written within a twentieth of the TTL, and lives so much longer. */
  #leaseEnd(): number {
    const reuseMs = Math.min(60_000, this.#ttlMs / 20);
    if (this.time - this.#lease.grantedAt >= reuseMs)
      this.#lease = { grantedAt: this.time, expiresAt: this.time + this.#ttlMs + reuseMs };
    return this.#lease.expiresAt;
  }

  #remove(keys: readonly string[]): void {
    const current = this.#current();
    for (const key of keys) {
      const event = current.get(key);
      if (event === undefined) throw new Error(`there is no event "${key}"`);
      this.#record({ revision: this.#revision, type: 'DELETED', key, event });
    }
  }

  #record(change: Change): void {
    this.#changes.push(change);
    for (const stream of this.#streams) stream.push(frameOf(change));
  }

  #current(): ReadonlyMap<string, StoredEvent> {
    return this.#stateAt(this.#revision);
  }

  #stateAt(revision: number): ReadonlyMap<string, StoredEvent> {
    const state = new Map<string, StoredEvent>();
    for (const change of this.#changes) {
      if (change.revision > revision) break;
      if (change.type === 'DELETED') state.delete(change.key);
      else state.set(change.key, change.event);
    }
    return state;
  }
}

class OpenStream implements EventStream {
  readonly acceptedAt: number;
  silenced = false;
  readonly #from: bigint;
  readonly #onEnd: () => void;
  readonly #frames: EventFrame[] = [];
  readonly #closed = new AbortController();
  #ended: { readonly error: CollectorError | undefined } | undefined;
  #wake: () => void = () => undefined;

  constructor(acceptedAt: number, from: number, onEnd: () => void) {
    this.acceptedAt = acceptedAt;
    this.#from = BigInt(from);
    this.#onEnd = onEnd;
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  push(frame: EventFrame): void {
    if (this.silenced || frame.resourceVersion <= this.#from) return;
    this.#frames.push(frame);
    this.#wake();
  }

  end(error: CollectorError | undefined): void {
    this.#ended ??= { error };
    this.#onEnd();
    this.#wake();
  }

  close(): void {
    this.#closed.abort();
    this.#frames.length = 0;
    this.end(failure('API_BROKEN', 'the stream was cut'));
  }

  async next(): Promise<EventFrame | undefined> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.#ended !== undefined) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const { error } = this.#ended;
    if (error !== undefined) throw error;
    return undefined;
  }
}

/** A deletion is told with the object as it last was, at the revision of the deletion. */
function frameOf({ type, revision, event }: Change): EventFrame {
  const metadata = { ...(event.body['metadata'] as object), resourceVersion: String(revision) };
  return { type, object: { ...event.body, metadata }, resourceVersion: BigInt(revision), bytes: 1_000 };
}

/** @param name in namespace shop, or with a namespace of its own before it, and a slash */
function keyOf(name: string): string {
  return name.includes('/') ? name : `shop/${name}`;
}

interface BodyParts extends Pick<StoredEvent, 'uid' | 'revision' | 'count' | 'createdAt'> {
  readonly key: string;
  readonly time: number;
  readonly writeTimes: 'true' | 'missing' | 'forged';
}

function eventBody({ key, uid, revision, count, createdAt, time, writeTimes }: BodyParts): RawEvent {
  const [namespace, name] = key.split('/');
  const [written, created] = [time, createdAt].map((ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`);
  const claimed = writeTimes === 'forged' ? '2099-01-01T00:00:00Z' : written;
  return {
    metadata: {
      namespace,
      name,
      uid,
      resourceVersion: String(revision),
      creationTimestamp: created,
      ...(writeTimes === 'missing'
        ? {}
        : { managedFields: [{ manager: 'kubelet', operation: 'Update', time: claimed }] }),
    },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'cart' },
    type: 'Normal',
    reason: 'Pulled',
    message: `${name} for the ${count}. time`,
    count,
    lastTimestamp: written,
  };
}
