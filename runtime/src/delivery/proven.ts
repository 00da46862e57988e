import type { SinkRecord } from '../contract/event-record.ts';
import { objectOf } from './bisection.ts';

/**
 * The latest records of two objects that a sink accepted. Where what it refuses lets nothing else in, one of them is sent once more, to
 * tell a sink that refuses everything from one that refuses these.
 */
export class Proven {
  #latest: readonly SinkRecord[] = [];

  add(records: readonly SinkRecord[]): void {
    for (const record of records.slice(-2))
      this.#latest = [record, ...this.#latest.filter((each) => objectOf(each) !== objectOf(record))].slice(0, 2);
  }

  /** One of another object than this. */
  unlike(record: SinkRecord): SinkRecord | undefined {
    return this.#latest.find((each) => objectOf(each) !== objectOf(record));
  }
}
