/**
 * What etcd keeps: every key's versions under one revision counter, until they are compacted. A transaction has one revision, however many keys
 * it touches.
 *
 * Source: etcd 3.6 `server/storage/mvcc` (a read below the compacted revision fails, a watch may start at it).
 */
import { SortedKeys } from './sorted-keys.ts';

export interface Entry<T> {
  readonly key: string;
  readonly value: T;
  /** Of its last write. */
  readonly revision: number;
}

export interface Change<T> {
  readonly revision: number;
  readonly key: string;
  /** Undefined: deleted. */
  readonly value: T | undefined;
  readonly before: T | undefined;
}

export interface Range<T> {
  readonly entries: readonly Entry<T>[];
  /** How many more there are behind the last entry. */
  readonly remaining: number;
}

export interface RangeOptions {
  readonly prefix: string;
  /** The first key that counts; by default the first one with the prefix. */
  readonly from?: string | undefined;
  readonly limit?: number | undefined;
  readonly revision?: number | undefined;
}

interface Version<T> {
  readonly revision: number;
  readonly value: T | undefined;
}

/** A state to which a history can be put back. */
export interface Snapshot<T> {
  readonly revision: number;
  readonly compacted: number;
  readonly versions: ReadonlyMap<string, readonly Version<T>[]>;
  readonly changes: readonly Change<T>[];
}

export type Listener<T> = (changes: readonly Change<T>[]) => void;

export class CompactedError extends Error {}

export class History<T> {
  readonly #listeners = new Set<Listener<T>>();
  #revision = 1;
  #compacted = 0;
  #versions = new Map<string, Version<T>[]>();
  #keys = new SortedKeys();
  #changes: Change<T>[] = [];

  get revision(): number {
    return this.#revision;
  }

  /** The lowest revision that can still be read. */
  get compacted(): number {
    return this.#compacted;
  }

  get(key: string, revision = this.#revision): Entry<T> | undefined {
    if (revision < this.#compacted) throw new CompactedError(`revision ${revision} is compacted`);
    const version = this.#versions.get(key)?.findLast((candidate) => candidate.revision <= revision);
    return version?.value === undefined ? undefined : { key, value: version.value, revision: version.revision };
  }

  range({ prefix, from = prefix, limit = Infinity, revision = this.#revision }: RangeOptions): Range<T> {
    if (revision < this.#compacted) throw new CompactedError(`revision ${revision} is compacted`);
    const entries: Entry<T>[] = [];
    let remaining = 0;
    for (const key of this.#keys.from(from)) {
      if (!key.startsWith(prefix)) break;
      const entry = this.get(key, revision);
      if (entry === undefined) continue;
      if (entries.length < limit) entries.push(entry);
      else remaining += 1;
    }
    return { entries, remaining };
  }

  /** @returns the revision of the write */
  put(key: string, value: T): number {
    this.#commit([{ revision: this.#revision + 1, key, value, before: this.get(key)?.value }]);
    return this.#revision;
  }

  /** Deletes them in one transaction. @returns its revision; the present one where none of them was there */
  delete(keys: readonly string[]): number {
    const revision = this.#revision + 1;
    const there = keys.flatMap((key) => this.get(key) ?? []);
    this.#commit(there.map(({ key, value }) => ({ revision, key, value: undefined, before: value })));
    return this.#revision;
  }

  /** Every change of this revision and later, in order. */
  changesFrom(revision: number): readonly Change<T>[] {
    if (revision < this.#compacted) throw new CompactedError(`revision ${revision} is compacted`);
    let [low, high] = [0, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#changes[middle]?.revision ?? 0) < revision) low = middle + 1;
      else high = middle;
    }
    return this.#changes.slice(low);
  }

  /** Forgets what was before a revision. */
  compact(revision: number): void {
    if (revision <= this.#compacted) return;
    this.#compacted = Math.min(revision, this.#revision);
    this.#changes = [...this.changesFrom(this.#compacted)];
    for (const [key, versions] of this.#versions) {
      const last = versions.findLastIndex((version) => version.revision <= this.#compacted);
      if (last > 0) versions.splice(0, last);
      const [only] = versions;
      if (versions.length > 1 || only === undefined || only.value !== undefined || only.revision >= this.#compacted)
        continue;
      this.#versions.delete(key);
      this.#keys.delete(key);
    }
  }

  /** Tells of each transaction from now on. @returns how to stop it */
  listen(listener: Listener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  save(): Snapshot<T> {
    return {
      revision: this.#revision,
      compacted: this.#compacted,
      versions: new Map([...this.#versions].map(([key, versions]) => [key, [...versions]])),
      changes: [...this.#changes],
    };
  }

  /** Puts it back. Listeners stay, and hear of nothing until the next transaction. */
  restore({ revision, compacted, versions, changes }: Snapshot<T>): void {
    this.#revision = revision;
    this.#compacted = compacted;
    this.#versions = new Map([...versions].map(([key, kept]) => [key, [...kept]]));
    this.#keys = new SortedKeys(this.#versions.keys());
    this.#changes = [...changes];
  }

  #commit(changes: readonly Change<T>[]): void {
    const [first] = changes;
    if (first === undefined) return;
    this.#revision = first.revision;
    for (const change of changes) {
      const { key, revision, value } = change;
      const versions = this.#versions.get(key);
      if (versions === undefined) {
        this.#versions.set(key, [{ revision, value }]);
        this.#keys.add(key);
      } else versions.push({ revision, value });
      this.#changes.push(change);
    }
    for (const listener of this.#listeners) listener(changes);
  }
}
