/**
 * The API server's compaction: at every interval it writes a key of its own, whose revision it remembers, and compacts to the one of the interval
 * before. So a quiet store's revision still rises, and history is kept for one to two intervals.
 *
 * Source: kubernetes/apiserver v0.36 `pkg/storage/etcd3/compact.go`.
 */
import type { History } from './history.ts';

const key = 'compact_rev_key';

export class Compactor<T> {
  readonly #history: History<T>;
  readonly #intervalMs: number;
  readonly #mark: T;
  #remembered: number | undefined;
  #dueAt: number;

  /** @param mark what it writes under its key */
  constructor(
    history: History<T>,
    mark: T,
    { intervalMs, now }: { readonly intervalMs: number; readonly now: number },
  ) {
    this.#history = history;
    this.#mark = mark;
    this.#intervalMs = intervalMs;
    this.#dueAt = now + intervalMs;
  }

  get dueAt(): number {
    return this.#dueAt;
  }

  tick(): void {
    const before = this.#remembered;
    this.#remembered = this.#history.put(key, this.#mark);
    if (before !== undefined) this.#history.compact(before);
    this.#dueAt += this.#intervalMs;
  }
}
