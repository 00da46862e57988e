import { describe, expect, test } from 'vitest';
import { createCollectorMetrics, type MetricSources } from '../../../runtime/src/operations/collector-metrics.ts';
import { eventRecord } from '../../support/records.ts';
import { CollectorError } from '../../../runtime/src/support/errors.ts';

const none = () => undefined;
const sources: MetricSources = {
  leading: () => false,
  heldBack: () => false,
  term: none,
  windowBytes: none,
  windowRecords: none,
  tokenAgeSeconds: none,
  unsettledAgeSeconds: none,
  secondsToLoss: none,
  observedTtlSeconds: none,
  sinkFailingSeconds: () => new Map([['archive', 0]]),
  processCpuSeconds: () => 1.5,
  processResidentBytes: () => 60_000_000,
  logLinesDropped: () => 0,
};

const metricsWith = (overrides: Partial<MetricSources> = {}) =>
  createCollectorMetrics({ ...sources, ...overrides }, { version: '1.2.3', lockName: 'the-lock' });

describe('the metrics of a collector', () => {
  test("carry Kubernetes' own names for what Kubernetes has names for", () => {
    const metrics = metricsWith({ leading: () => true });
    metrics.count({ what: 'api answered', method: 'GET', code: '200', host: 'api:443', milliseconds: 30 });
    const page = metrics.render();
    expect(page).toContain('\nleader_election_master_status{name="the-lock"} 1\n');
    expect(page).toContain('\nrest_client_requests_total{code="200",method="GET",host="api:443"} 1\n');
    expect(page).toContain('\nrest_client_request_duration_seconds_bucket{verb="GET",host="api:443",le="0.025"} 0\n');
    expect(page).toContain('\nrest_client_request_duration_seconds_bucket{verb="GET",host="api:443",le="0.1"} 1\n');
    expect(page).toContain('\neventbaton_build_info{version="1.2.3"} 1\n');
  });

  test('show every alarm at zero before it first rings', () => {
    const page = metricsWith().render();
    for (const sample of [
      'eventbaton_gaps_total{reason="expired"} 0',
      'eventbaton_relists_total{reason="broken"} 0',
      'eventbaton_history_rewinds_total 0',
      'eventbaton_token_writes_total{result="failure"} 0',
      'eventbaton_token_overwrites_total 0',
      'eventbaton_renewals_total{result="failure"} 0',
      'eventbaton_events_dropped_total{sink="archive",reason="rejected"} 0',
      'eventbaton_events_dropped_total{sink="archive",reason="best_effort"} 0',
      'eventbaton_sink_failing_seconds{sink="archive"} 0',
      'eventbaton_sink_misconfigured{sink="archive"} 0',
    ]) {
      expect(page).toContain(`\n${sample}\n`);
    }
  });

  test('count records, not batches', () => {
    const metrics = metricsWith();
    metrics.count({ what: 'batch accepted', sink: 'a', records: 40, milliseconds: 1 });
    metrics.count({ what: 'event dropped', sink: 'b', reason: 'best_effort', records: 7, id: '', detail: '' });
    expect(metrics.render()).toContain('\neventbaton_events_delivered_total{sink="a"} 40\n');
    expect(metrics.render()).toContain('\neventbaton_sink_requests_total{sink="a",result="accepted"} 1\n');
    expect(metrics.render()).toContain('\neventbaton_events_dropped_total{sink="b",reason="best_effort"} 7\n');
  });

  test('count what a sink does not want, by sink, and the requests that showed it', () => {
    const metrics = metricsWith();
    const record = eventRecord(1);
    metrics.count({ what: 'batch refused', sink: 'a', records: 40, reason: 'no' });
    metrics.count({
      what: 'event dropped',
      sink: 'a',
      reason: 'rejected',
      records: 1,
      id: record.id,
      detail: '',
      record,
    });
    expect(metrics.render()).toContain('\neventbaton_events_dropped_total{sink="a",reason="rejected"} 1\n');
    expect(metrics.render()).toContain('\neventbaton_sink_requests_total{sink="a",result="refused"} 1\n');
  });

  test('show for how long a sink has failed, and how much time is left', () => {
    const page = metricsWith({ secondsToLoss: () => 120, sinkFailingSeconds: () => new Map([['a', 7]]) }).render();
    expect(page).toContain('\neventbaton_sink_failing_seconds{sink="a"} 7\n');
    expect(page).toContain('\neventbaton_time_to_loss_seconds 120\n');
  });

  test('a sink is misconfigured until it accepts or fails in another way', () => {
    const metrics = metricsWith();
    const retried = { what: 'batch retried', sink: 'a', records: 1, reason: '', failures: 1 } as const;
    metrics.count({ ...retried, misconfigured: true });
    expect(metrics.render()).toContain('\neventbaton_sink_misconfigured{sink="a"} 1\n');
    metrics.count({ what: 'batch accepted', sink: 'a', records: 1, milliseconds: 1 });
    expect(metrics.render()).toContain('\neventbaton_sink_misconfigured{sink="a"} 0\n');
  });

  test('a sink is not misconfigured for a former leader', () => {
    const metrics = metricsWith();
    const retried = { what: 'batch retried', sink: 'archive', records: 1, reason: '', failures: 1 } as const;
    metrics.count({ ...retried, misconfigured: true });
    metrics.count({ what: 'term over', term: 1, reason: '' });
    expect(metrics.render()).toContain('\neventbaton_sink_misconfigured{sink="archive"} 0\n');
  });

  test('what only a leader has is left out on a follower', () => {
    expect(metricsWith().render()).not.toContain('eventbaton_window_bytes');
    expect(metricsWith({ windowBytes: () => 12 }).render()).toContain('\neventbaton_window_bytes 12\n');
  });

  test('no text of an event becomes a label', () => {
    const metrics = metricsWith();
    metrics.count({
      what: 'event dropped',
      reason: 'unshapeable',
      records: 1,
      id: 'secret-uid.1',
      detail: 'secret text',
    });
    metrics.count({ what: 'probe failed', error: new CollectorError('API_REFUSED', 'secret text') });
    expect(metrics.render()).not.toContain('secret');
  });

  test('follow the number of the term', () => {
    const metrics = metricsWith();
    metrics.count({ what: 'term began', term: 7, because: 'released' });
    expect(metrics.render()).toContain('\neventbaton_leader_transitions 7\n');
    metrics.count({ what: 'lock released', transitions: 9 });
    expect(metrics.render()).toContain('\neventbaton_leader_transitions 9\n');
  });
});
