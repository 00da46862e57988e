/** Keys in order, sorted when somebody reads them. */
export class SortedKeys {
  readonly #keys: Set<string>;
  #sorted: readonly string[] | undefined;

  constructor(keys: Iterable<string> = []) {
    this.#keys = new Set(keys);
  }

  add(key: string): void {
    this.#keys.add(key);
    this.#sorted = undefined;
  }

  delete(key: string): void {
    this.#keys.delete(key);
    this.#sorted = undefined;
  }

  /** Those at `first` and behind it. */
  *from(first: string): Iterable<string> {
    this.#sorted ??= [...this.#keys].sort();
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? '') < first) low = middle + 1;
      else high = middle;
    }
    for (; low < this.#sorted.length; low += 1) yield this.#sorted[low] ?? '';
  }
}
