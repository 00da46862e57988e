import type { EventSource } from '../collection/event-source.ts';
import type { StartPolicy } from '../collection/start-decision.ts';
import type { DeliveryOptions } from '../delivery/delivery.ts';
import type { RecordFields } from '../contract/record-fields.ts';
import type { Sink } from '../delivery/sink.ts';
import type { Clock, Random } from '../support/clock.ts';
import type { Report } from '../support/happening.ts';
import type { NamedObject } from '../support/kubernetes-object.ts';
import type { LockName } from '../token/claim-decision.ts';
import type { ConfigMap } from '../token/token-config-map.ts';

export interface SinkWiring {
  readonly sink: Sink;
  readonly limits: DeliveryOptions['limits'];
  readonly retry: DeliveryOptions['retry'];
}

/** What stays the same from term to term. */
export interface LeaderOptions {
  readonly configMap: NamedObject<ConfigMap>;
  /** The lock by which this process leads. */
  readonly lock: LockName;
  readonly source: EventSource;
  /** Asked once per process; undefined where it may not be read. */
  readonly readClusterUid: (signal: AbortSignal) => Promise<string | undefined>;
  readonly clusterName: string | undefined;
  /** What every record carries besides. */
  readonly recordFields?: RecordFields;
  readonly sinks: readonly SinkWiring[];
  readonly startPolicy: StartPolicy;
  readonly eventTtlMs: number;
  /** Whether the Events of one namespace only are collected. */
  readonly isOneNamespace: boolean;
  readonly leaseDurationMs: number;
  readonly retryPeriodMs: number;
  readonly checkpointIntervalMs: number;
  readonly drainTimeoutMs: number;
  readonly windowBytes: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Report;
}
