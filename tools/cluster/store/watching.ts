/**
 * Open watches. A watch of Events is one of etcd: it starts at any revision that is not compacted, and one that is ahead of the store is silent
 * until the store gets there. A watch of another kind starts in the watch cache, and has bookmarks.
 *
 * Source: kubernetes/apiserver v0.36 `pkg/storage/etcd3/watcher.go`, `pkg/storage/cacher/cacher.go` (bookmarks each minute and 2 s before the
 * end), etcd 3.6 `server/storage/mvcc/watchable_store.go`.
 */
import { FieldSelector } from './field-selector.ts';
import { type Change, CompactedError } from './history.ts';
import { apiVersionOf, type Kind } from './kinds.ts';
import { type Collection, prefixOf, type StoredObject, toldAt } from './object.ts';
import { readVersion, unreadableVersion } from './resource-version.ts';
import { emptyContent } from './schema.ts';
import { expired, internalError, invalid, type Status, tooLargeVersion } from './status.ts';
import type { Storage } from './storage.ts';

/** As it stands in a URL. */
export interface WatchQuery {
  readonly fieldSelector?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: string | undefined;
  readonly sendInitialEvents?: string | undefined;
  readonly allowWatchBookmarks?: string | undefined;
}

export type Frame =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: StoredObject }
  /** The last one. */
  | { readonly type: 'ERROR'; readonly object: Status };

export type FrameListener = (frame: Frame) => void;

export interface OpenWatch {
  close(): void;
}

interface Session {
  readonly collection: Collection;
  readonly prefix: string;
  readonly selector: FieldSelector;
  readonly listener: FrameListener;
  /** The lowest revision that is still to be told. */
  next: number;
  bookmarkAt: number;
  readonly endsAt: number;
}

const bookmarkEveryMs = 60_000;
const bookmarkBeforeEndMs = 2_000;

export class Watches {
  readonly #storage: Storage;
  readonly #sessions = new Map<Session, () => void>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get dueAt(): number {
    let earliest = Infinity;
    for (const { bookmarkAt } of this.#sessions.keys()) earliest = Math.min(earliest, bookmarkAt);
    return earliest;
  }

  /**
   * Tells what is there already before it returns. What the API server refuses is thrown; what it accepts and then cannot serve is an ERROR frame.
   *
   * @param endsAt when it will be closed, for the last bookmark
   */
  open(collection: Collection, query: WatchQuery, listener: FrameListener, endsAt = Infinity): OpenWatch {
    const { kind } = collection;
    const selector = FieldSelector.parse(query.fieldSelector ?? '', kind);
    const start = startOf(query);
    const history = this.#storage.historyOf(kind);
    const asksBookmarks = isTrue(query.allowWatchBookmarks);
    const nothing: OpenWatch = { close: () => undefined };
    if (start.version > history.revision && start.initial) {
      listener({ type: 'ERROR', object: tooLargeVersion(start.version, history.revision, kind.cached).status });
      return nothing;
    }
    const from = start.initial || start.fromNow ? history.revision : start.version;
    const session: Session = {
      collection,
      prefix: prefixOf(collection),
      selector,
      listener,
      next: from + 1,
      bookmarkAt: kind.cached && asksBookmarks ? nextBookmark(this.#storage.now, endsAt) : Infinity,
      endsAt,
    };
    if (start.initial) this.#tellPresent(session, asksBookmarks);
    if (!this.#tellChanges(session)) return nothing;
    const stop = history.listen((changes) => tell(session, changes));
    this.#sessions.set(session, stop);
    return {
      close: () => {
        stop();
        this.#sessions.delete(session);
      },
    };
  }

  sendBookmarks(now: number): void {
    for (const session of this.#sessions.keys()) {
      if (session.bookmarkAt > now) continue;
      const { kind } = session.collection;
      session.bookmarkAt = nextBookmark(now, session.endsAt);
      session.listener(bookmark(kind, this.#storage.historyOf(kind).revision));
    }
  }

  /** After a restore the API server's etcd client goes on from behind what each watch was told last. */
  resumeEvents(): void {
    for (const [session, stop] of this.#sessions) {
      if (session.collection.kind.cached || this.#tellChanges(session)) continue;
      stop();
      this.#sessions.delete(session);
    }
  }

  #tellPresent({ collection, prefix, selector, listener }: Session, withBookmark: boolean): void {
    const { kind } = collection;
    const history = this.#storage.historyOf(kind);
    for (const { value, revision } of history.range({ prefix }).entries)
      if (selector.matches(value)) listener({ type: 'ADDED', object: toldAt(value, revision) });
    if (withBookmark) listener(bookmark(kind, history.revision, { 'k8s.io/initial-events-end': 'true' }));
  }

  /** @returns false where the start is too old */
  #tellChanges(session: Session): boolean {
    const { kind } = session.collection;
    const cache = this.#storage.cacheOf(kind);
    const behind = session.next - 1;
    try {
      const changes =
        cache === undefined ? this.#storage.historyOf(kind).changesFrom(session.next) : cache.changesBehind(behind);
      if (changes !== undefined) tell(session, changes);
      else session.listener(tooOld(`too old resource version: ${behind} (${cache?.from})`));
      return changes !== undefined;
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      session.listener(tooOld('The resourceVersion for the provided watch is too old.'));
      return false;
    }
  }
}

function nextBookmark(now: number, endsAt: number): number {
  const beforeEnd = endsAt - bookmarkBeforeEndMs;
  return beforeEnd > now ? Math.min(now + bookmarkEveryMs, beforeEnd) : now + bookmarkEveryMs;
}

function tell(session: Session, changes: readonly Change<StoredObject>[]): void {
  const { prefix, selector, listener } = session;
  const from = session.next;
  for (const change of changes) {
    if (change.revision < from || !change.key.startsWith(prefix)) continue;
    session.next = change.revision + 1;
    const frame = frameOf(change, selector);
    if (frame !== undefined) listener(frame);
  }
}

/** An object that stops or starts to match is deleted or added, for this watch. */
function frameOf({ revision, value, before }: Change<StoredObject>, selector: FieldSelector): Frame | undefined {
  const is = value !== undefined && selector.matches(value);
  const was = before !== undefined && selector.matches(before);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: toldAt(value, revision) };
  return was ? { type: 'DELETED', object: toldAt(before, revision) } : undefined;
}

function bookmark(kind: Kind, revision: number, annotations?: Readonly<Record<string, string>>): Frame {
  const metadata = { resourceVersion: String(revision), ...(annotations === undefined ? {} : { annotations }) };
  const object = { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata, ...emptyContent(kind.kind) };
  return { type: 'BOOKMARK', object };
}

function tooOld(message: string): Frame {
  return { type: 'ERROR', object: expired(message).status };
}

interface Start {
  readonly version: number;
  /** What is there is told first. */
  readonly initial: boolean;
  /** It starts at the present without telling what is there. */
  readonly fromNow: boolean;
}

function startOf({ resourceVersion = '', resourceVersionMatch, sendInitialEvents }: WatchQuery): Start {
  const version = readVersion(resourceVersion);
  if (version === undefined)
    throw internalError(
      `resourceVersion: Invalid value: ${JSON.stringify(resourceVersion)}: ${unreadableVersion(resourceVersion)}`,
    );
  if (sendInitialEvents !== undefined && resourceVersionMatch !== 'NotOlderThan') throw matchMissing;
  const initial = sendInitialEvents === undefined ? version === 0 : isTrue(sendInitialEvents);
  return { version, initial, fromNow: version === 0 && !initial };
}

const matchMissing = invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
  {
    reason: 'FieldValueForbidden',
    message: 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    field: 'resourceVersionMatch',
  },
]);

export function isTrue(text: string | undefined): boolean {
  return text === 'true' || text === '1';
}
