import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';
import type { Pod } from '../trial/pod.ts';
import { until } from '../trial/until.ts';

export interface Arrival {
  readonly pod: Pod;
  readonly record: SinkRecord;
  /** In milliseconds of this process's monotonic clock. */
  readonly at: number;
}

/** What came out of the standard outputs of all pods, in order of arrival. */
export class Arrivals {
  readonly all: Arrival[] = [];

  readonly onRecord = (pod: Pod, record: SinkRecord, at: number): void => {
    this.all.push({ pod, record, at });
  };

  get times(): readonly number[] {
    return this.all.map(({ at }) => at);
  }

  get records(): readonly SinkRecord[] {
    return this.all.map(({ record }) => record);
  }

  /** Waits for the first record that another pod sends after a moment. */
  firstOfAnother(before: Pod, from: number): Promise<Arrival> {
    return this.#first('another leader', from, ({ pod }) => pod !== before);
  }

  /** Waits for the first record that this pod sends after a moment. */
  firstOf(sender: Pod, from: number): Promise<Arrival> {
    return this.#first(sender.name, from, ({ pod }) => pod === sender);
  }

  #first(what: string, from: number, matches: (arrival: Arrival) => boolean): Promise<Arrival> {
    const seen = this.all.findLastIndex(({ at }) => at < from) + 1;
    return until(
      `a first Event from ${what}`,
      () => this.all.slice(seen).find((arrival) => arrival.at >= from && matches(arrival)),
      { everyMs: 10 },
    );
  }
}
