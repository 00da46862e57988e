import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';
import type { Arrival } from './arrivals.ts';

export interface Handover {
  readonly cause: 'SIGTERM' | 'kill -9';
  readonly milliseconds: number;
}

/** The end of a leader's reign, on the clock that arrivals are told on. */
export interface Reign {
  readonly collector: string;
  readonly signalAt: number;
  /** When a new process of the same pod was started: what it sends counts as another collector's. */
  readonly restartedAt?: number;
}

/** The first record of whoever took over. What the old process still sent after its signal is none. */
export function firstOfNext<T extends Pick<Arrival, 'collector' | 'at'>>(
  arrivals: readonly T[],
  { collector, signalAt, restartedAt = Number.POSITIVE_INFINITY }: Reign,
): T | undefined {
  return arrivals.find((arrival) =>
    arrival.collector === collector ? arrival.at >= restartedAt : arrival.at >= signalAt,
  );
}

/** Ids that had arrived although the token did not cover them yet: a crash may send these again, and no others. */
export function repeatable(delivered: readonly SinkRecord[], token: bigint): ReadonlySet<string> {
  return new Set(
    delivered.flatMap((record) =>
      'event' in record && BigInt(record.event.resourceVersion) > token ? [record.id] : [],
    ),
  );
}
