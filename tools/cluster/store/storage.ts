/** What lies behind an API server, and what happens there by itself as time passes: expiry and compaction. */
import { Compactor } from './compactor.ts';
import { ExpiryLeases, type SavedLeases } from './expiry-leases.ts';
import { type Entry, History, type Snapshot } from './history.ts';
import { type Kind, kinds } from './kinds.ts';
import { keptForm, keyOf, prefixOf, type StoredObject, type Target, toldAt } from './object.ts';
import { WatchCache } from './watch-cache.ts';

export interface StorageOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** @default 3600 */
  readonly eventTtlSeconds?: number | undefined;
  /** @default 300 */
  readonly compactionIntervalSeconds?: number | undefined;
  /** Events have an etcd, and so a revision counter, of their own. */
  readonly separateEventsEtcd?: boolean | undefined;
}

/** A state of the Events' etcd. */
export interface SavedEvents {
  readonly history: Snapshot<StoredObject>;
  readonly leases: SavedLeases;
}

const compactionMark: StoredObject = { metadata: {} };

export class Storage {
  readonly #main = new History<StoredObject>();
  readonly #events: History<StoredObject>;
  readonly #leases: ExpiryLeases;
  readonly #compactors: readonly Compactor<StoredObject>[];
  #caches = new Map<string, WatchCache<StoredObject>>();
  #now: number;

  constructor({
    now,
    eventTtlSeconds = 3_600,
    compactionIntervalSeconds = 300,
    separateEventsEtcd = false,
  }: StorageOptions) {
    this.#now = now;
    this.#events = separateEventsEtcd ? new History() : this.#main;
    this.#leases = new ExpiryLeases(eventTtlSeconds * 1_000);
    const timing = { intervalMs: compactionIntervalSeconds * 1_000, now };
    const histories = new Set([this.#main, this.#events]);
    this.#compactors = [...histories].map((history) => new Compactor(history, compactionMark, timing));
    this.restartApiServer();
    this.#main.listen((changes) => {
      for (const change of changes) this.#caches.get(collectionOf(change.key))?.add(change, this.#now);
    });
  }

  /** Never goes back. */
  get now(): number {
    return this.#now;
  }

  get dueAt(): number {
    return Math.min(this.#leases.dueAt, ...this.#compactors.map(({ dueAt }) => dueAt));
  }

  /** Does what is due until then, each at its own time. */
  advance(now: number): void {
    for (let dueAt = this.dueAt; dueAt <= now; dueAt = this.dueAt) {
      this.#now = Math.max(this.#now, dueAt);
      for (const keys of this.#leases.expire(this.#now)) this.#events.delete(keys);
      for (const compactor of this.#compactors) if (compactor.dueAt <= this.#now) compactor.tick();
    }
    this.#now = Math.max(this.#now, now);
  }

  historyOf(kind: Kind): History<StoredObject> {
    return kind.kind === 'Event' ? this.#events : this.#main;
  }

  cacheOf(kind: Kind): WatchCache<StoredObject> | undefined {
    return this.#caches.get(prefixOf({ kind }));
  }

  read(target: Target): Entry<StoredObject> | undefined {
    return this.historyOf(target.kind).get(keyOf(target));
  }

  /** @returns the object with the resourceVersion of the write */
  write(target: Target, object: StoredObject): StoredObject {
    const key = keyOf(target);
    if (target.kind.kind === 'Event') this.#leases.attach(key, this.#now);
    const kept = keptForm(target.kind, object);
    return toldAt(kept, this.historyOf(target.kind).put(key, kept));
  }

  remove(target: Target): void {
    const key = keyOf(target);
    this.#leases.detach(key);
    this.historyOf(target.kind).delete([key]);
  }

  saveEvents(): SavedEvents {
    return { history: this.#separate().save(), leases: this.#leases.save() };
  }

  /** As a restore of etcd under a running API server does. The real one may also refuse writes for up to a minute, for want of a lease. */
  restoreEvents({ history, leases }: SavedEvents): void {
    this.#separate().restore(history);
    this.#leases.restore(leases, this.#now);
  }

  /** A new API server knows of no change before its start. */
  restartApiServer(): void {
    const cachedKinds = kinds.filter(({ cached }) => cached);
    this.#caches = new Map(cachedKinds.map((kind) => [prefixOf({ kind }), new WatchCache(this.#main.revision)]));
    this.#leases.forgetLatest();
  }

  #separate(): History<StoredObject> {
    if (this.#events === this.#main) throw new Error('only with separateEventsEtcd can Events be saved and restored');
    return this.#events;
  }
}

function collectionOf(key: string): string {
  return key.split('/', 2).join('/') + '/';
}
