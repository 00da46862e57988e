import type { Happening } from '../support/happening.ts';
import { MetricRegistry } from './metrics.ts';

/** Seconds, as Kubernetes' own clients have them. */
const requestBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** Closed lists of label values: a counter that appears only with its first increase hides that increase from an alert. */
const startAtZero = {
  renewals: ['success', 'failure'],
  received: ['Normal', 'Warning', 'other'],
  gaps: ['expired', 'rewound', 'moved'],
  relists: ['first start', 'expired', 'expired_unreported', 'unverified', 'rewound', 'broken'],
  watchEnds: ['in order', 'broken', 'expired', 'stalled', 'refused', 'rewound', 'compacted', 'unverified'],
  writes: ['success', 'failure'],
  /** For each sink. */
  drops: ['rejected', 'best_effort'],
} as const;

/** What the metrics page tells besides what has happened: looked up when it is read. */
export interface MetricSources {
  readonly leading: () => boolean;
  /** Whether a leader does not collect because of somebody with another lock. */
  readonly heldBack: () => boolean;
  readonly term: () => number | undefined;
  readonly windowBytes: () => number | undefined;
  readonly windowRecords: () => number | undefined;
  readonly tokenAgeSeconds: () => number | undefined;
  readonly unsettledAgeSeconds: () => number | undefined;
  readonly secondsToLoss: () => number | undefined;
  /** Undefined while nothing shows that the setting is wrong. */
  readonly observedTtlSeconds: () => number | undefined;
  /** For how long each sink has not accepted what it was sent; 0 where it has. */
  readonly sinkFailingSeconds: () => ReadonlyMap<string, number>;
  readonly processCpuSeconds: () => number;
  readonly processResidentBytes: () => number;
  readonly logLinesDropped: () => number;
}

export interface CollectorMetrics {
  count(happening: Happening): void;
  render(): string;
}

export function createCollectorMetrics(
  sources: MetricSources,
  facts: { readonly version: string; readonly lockName: string },
): CollectorMetrics {
  const registry = new MetricRegistry();
  registry.derived('eventbaton_build_info', 'Version that runs.', () => 1, { version: facts.version });
  registry.derived('leader_election_master_status', 'Whether this process leads.', () => (sources.leading() ? 1 : 0), {
    name: facts.lockName,
  });
  registry.derived(
    'eventbaton_leader_held_back',
    '1 while this leader does not collect, because somebody else leads by another lock or has claimed the token.',
    () => (sources.heldBack() ? 1 : 0),
  );
  registry.derived('eventbaton_term', 'Number of the present term; only while leading.', sources.term);
  registry.derived('eventbaton_window_bytes', 'Read and not yet settled.', sources.windowBytes);
  registry.derived('eventbaton_window_records', 'Records read and not yet settled.', sources.windowRecords);
  registry.derived(
    'eventbaton_token_age_seconds',
    'Age of the last moment up to which everything is settled.',
    sources.tokenAgeSeconds,
  );
  registry.derived(
    'eventbaton_oldest_unsettled_age_seconds',
    'Age of the oldest record that holds the token back.',
    sources.unsettledAgeSeconds,
  );
  registry.derived(
    'eventbaton_time_to_loss_seconds',
    'Until Events may expire undelivered, if delivery does not go on.',
    sources.secondsToLoss,
  );
  registry.derived(
    'eventbaton_observed_event_ttl_seconds',
    'Seconds for which Events live as far as their deletions show; only while that differs from the setting.',
    sources.observedTtlSeconds,
  );
  registry.derivedEach(
    'eventbaton_sink_failing_seconds',
    'For how long a sink has not accepted what it was sent.',
    () => Array.from(sources.sinkFailingSeconds(), ([sink, seconds]) => [{ sink }, seconds] as const),
  );
  registry.derived('process_cpu_seconds_total', 'CPU time of this process.', sources.processCpuSeconds);
  registry.derived('process_resident_memory_bytes', 'Resident memory of this process.', sources.processResidentBytes);
  registry.derived(
    'eventbaton_log_lines_dropped_total',
    'Lines of the log that were dropped because nobody read it.',
    sources.logLinesDropped,
  );
  const count = createCounters(registry, [...sources.sinkFailingSeconds().keys()]);
  return { count, render: () => registry.render() };
}

function createCounters(registry: MetricRegistry, sinks: readonly string[]): (happening: Happening) => void {
  const requests = registry.counter('rest_client_requests_total', 'Requests to the API server.');
  const requestSeconds = registry.histogram(
    'rest_client_request_duration_seconds',
    'Until the head of the answer.',
    requestBuckets,
  );
  const renewals = registry.counter('eventbaton_renewals_total', 'Renewals of the lock.');
  const received = registry.counter('eventbaton_events_received_total', 'Versions read.');
  const delivered = registry.counter('eventbaton_events_delivered_total', 'Records accepted by a sink.');
  const dropped = registry.counter('eventbaton_events_dropped_total', 'Versions settled without delivery.');
  const gaps = registry.counter('eventbaton_gaps_total', 'Gap records.');
  const relists = registry.counter('eventbaton_relists_total', 'Lists of all Events.');
  const watchEnds = registry.counter('eventbaton_watch_restarts_total', 'Watches that ended.');
  const rewinds = registry.counter(
    'eventbaton_history_rewinds_total',
    'Times that the store went back to an earlier state.',
  );
  const writes = registry.counter('eventbaton_token_writes_total', 'Writes of the token.');
  const overwrites = registry.counter(
    'eventbaton_token_overwrites_total',
    'Changes of the token by others that a leader wrote over.',
  );
  const sends = registry.counter('eventbaton_sink_requests_total', 'Batches sent.');
  const misconfigured = registry.gauge('eventbaton_sink_misconfigured', 'Whether a sink waits for a person.');
  const transitions = registry.gauge(
    'eventbaton_leader_transitions',
    'Latest term that this process led or saw released.',
  );
  for (const result of startAtZero.renewals) renewals.add({ result }, 0);
  for (const type of startAtZero.received) received.add({ type }, 0);
  for (const reason of startAtZero.gaps) gaps.add({ reason }, 0);
  for (const reason of startAtZero.relists) relists.add({ reason }, 0);
  for (const reason of startAtZero.watchEnds) watchEnds.add({ reason }, 0);
  for (const result of startAtZero.writes) writes.add({ result }, 0);
  for (const sink of sinks) {
    misconfigured.set(0, { sink });
    for (const reason of startAtZero.drops) dropped.add({ sink, reason }, 0);
  }
  rewinds.add({}, 0);
  overwrites.add({}, 0);

  return (happening) => {
    switch (happening.what) {
      case 'api answered': {
        const { method, code, host, milliseconds } = happening;
        requests.add({ code, method, host });
        return requestSeconds.observe(milliseconds / 1_000, { verb: method, host });
      }
      case 'term began':
        return transitions.set(happening.term);
      case 'term over':
        return sinks.forEach((sink) => misconfigured.set(0, { sink }));
      case 'lock released':
        return transitions.set(happening.transitions);
      case 'lease renewed':
        return renewals.add({ result: 'success' });
      case 'renewal failed':
        return renewals.add({ result: 'failure' });
      case 'event received':
        return received.add({ type: happening.type });
      case 'event dropped':
        return dropped.add({ sink: happening.sink ?? '', reason: happening.reason }, happening.records);
      case 'gap':
        return gaps.add({ reason: happening.reason });
      case 'relist':
        return relists.add({ reason: happening.because });
      case 'watch ended':
        return watchEnds.add({ reason: happening.because });
      case 'history rewound':
        return rewinds.add();
      case 'token written':
        return writes.add({ result: 'success' });
      case 'token write failed':
        return writes.add({ result: 'failure' });
      case 'token overwritten':
        return overwrites.add();
      case 'batch accepted':
        delivered.add({ sink: happening.sink }, happening.records);
        misconfigured.set(0, { sink: happening.sink });
        return sends.add({ sink: happening.sink, result: 'accepted' });
      case 'batch refused':
        return sends.add({ sink: happening.sink, result: 'refused' });
      case 'batch retried':
        misconfigured.set(happening.misconfigured ? 1 : 0, { sink: happening.sink });
        return sends.add({ sink: happening.sink, result: happening.misconfigured ? 'misconfigured' : 'retry' });
      default:
        return undefined;
    }
  };
}
