/**
 * The latest changes of one kind, as the API server's watch cache holds them: watches of that kind start here and not in etcd, so compaction does
 * not touch them, and a restart of the API server does.
 *
 * Source: kubernetes/apiserver v0.36 `pkg/storage/cacher/watch_cache.go` (a ring of at least 100 changes, of the last 75 s at least). The real
 * ring grows and shrinks by halves: it may keep more than this one.
 */
import type { Change } from './history.ts';

interface Remembered<T> {
  readonly change: Change<T>;
  readonly at: number;
}

const leastChanges = 100;
const leastMs = 75_000;

export class WatchCache<T> {
  #ring: Remembered<T>[] = [];
  /** Everything behind this revision is in the ring. */
  #from: number;

  constructor(revision: number) {
    this.#from = revision;
  }

  get from(): number {
    return this.#from;
  }

  add(change: Change<T>, now: number): void {
    this.#ring.push({ change, at: now });
    while (this.#ring.length > leastChanges && (this.#ring[0]?.at ?? now) <= now - leastMs)
      this.#from = this.#ring.shift()?.change.revision ?? this.#from;
  }

  /** What changed behind a revision. @returns undefined where that revision is too old */
  changesBehind(revision: number): readonly Change<T>[] | undefined {
    if (revision < this.#from) return undefined;
    return this.#ring.map(({ change }) => change).filter((change) => change.revision > revision);
  }
}
