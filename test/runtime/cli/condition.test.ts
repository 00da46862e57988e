import { describe, expect, test } from 'vitest';
import { Condition } from '../../../runtime/src/cli/condition.ts';
import { Window } from '../../../runtime/src/collection/window.ts';
import { defaultSettings, type Settings } from '../../../runtime/src/contract/settings.ts';
import type { Role } from '../../../runtime/src/election/elector.ts';
import type { Leader } from '../../../runtime/src/leading/leader.ts';
import { createCollectorMetrics } from '../../../runtime/src/operations/collector-metrics.ts';
import { SinkStates } from '../../../runtime/src/operations/status.ts';
import { Term } from '../../../runtime/src/term.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { eventRecord } from '../../support/records.ts';

const collecting = { collectKubernetesEvents: true };
const readAt = Date.parse('2030-01-01T00:00:00Z');

function conditionOf(settings: Partial<Settings> = {}) {
  const clock = manualClock(readAt);
  const sinks = new SinkStates([{ name: 'stdout', required: true }], () => clock.wallTime());
  const condition = new Condition({ ...defaultSettings, ...settings }, 'collector-a_0a1b2c3d_11111111', sinks, clock);
  const metrics = createCollectorMetrics(
    condition.metricSources(() => ({ cpuSeconds: 1.5, residentBytes: 60_000_000, logLinesDropped: 0 })),
    { version: '1.2.3', lockName: 'the-lock' },
  );
  return { clock, sinks, condition, metrics, pages: condition.pages(metrics) };
}

/** A candidate that has seen this holder, just now, with a lease of 60 s; undefined: no record. */
function candidate(ready: boolean, holderIdentity?: string, since = 0): Role {
  const record = holderIdentity === undefined ? undefined : { holderIdentity, leaseDurationMs: 60_000 };
  return { role: 'candidate', campaign: { follower: { ready, seen: { record, since } } } } as unknown as Role;
}

function leaderOf(clock: ReturnType<typeof manualClock>): { readonly role: Role; readonly term: Term } {
  const holder = 'collector-a_0a1b2c3d_11111111';
  const term = new Term({ number: 7, holder, startedAt: clock.now(), renewDeadlineMs: 40_000, clock });
  return { role: { role: 'leader', leadership: { term } } as unknown as Role, term };
}

/** A leader's work: two records read, one of them settled. */
function working(capacity = 8_388_608, observedMs?: number): Leader {
  const window = new Window(capacity, [{ name: 'stdout', required: true, position: 40n }]);
  for (const [version, since] of [
    [41n, readAt + 1_000],
    [42n, readAt + 2_000],
  ] as const)
    window.push({ record: eventRecord(Number(version)), version, position: version, bytes: 1_000, since });
  window.settle('stdout', 1);
  const token = { position: 41n, asOf: readAt + 2_000, history: 2 };
  return { work: { window, progress: { token, lifetime: { observedMs } } } } as unknown as Leader;
}

describe('Events that do not live as long as the setting says', () => {
  const shown = (observedMs?: number) => {
    const { condition, clock, pages } = conditionOf(collecting);
    condition.enter(leaderOf(clock).role);
    condition.watchOver(working(8_388_608, observedMs), () => clock.wallTime());
    return { status: JSON.parse(JSON.stringify(pages.status())) as Record<string, unknown>, metrics: pages.metrics() };
  };

  test('show in the status, in a warning and in a metric, and bring the loss nearer', () => {
    const { status, metrics } = shown(60_400);
    expect(status['eventTtl']).toEqual({ setting: 3_600, observed: 60 });
    expect(status['secondsToLoss']).toBeLessThanOrEqual(60);
    expect(status['warnings']).toEqual([expect.stringContaining('Events live 60 s, not 3600 s')]);
    expect(metrics).toMatch(/^eventbaton_observed_event_ttl_seconds 60$/m);
  });

  test('else show nowhere', () => {
    const { status, metrics } = shown();
    expect(status['eventTtl']).toBeUndefined();
    expect(status['warnings']).toEqual([]);
    expect(metrics).not.toMatch(/^eventbaton_observed_event_ttl_seconds /m);
  });
});

describe('a collector with nothing switched on', () => {
  test('is off, ready, and no leader', () => {
    const { condition, pages, metrics } = conditionOf();
    expect(condition.electing).toBe(false);
    expect(pages.ready()).toEqual({ ok: true, reason: 'nothing is switched on' });
    expect(pages.status()).toEqual({
      version: expect.stringMatching(/^[0-9]+\./),
      identity: 'collector-a_0a1b2c3d_11111111',
      role: 'off',
      sinks: [{ name: 'stdout', required: true, state: 'ok', delivered: 0 }],
      warnings: [],
    });
    expect(metrics.render()).toContain('\nleader_election_master_status{name="the-lock"} 0\n');
  });

  test.each([{ collectKubernetesEvents: true }, { leaderElection: true }])(
    'is one that elects nobody: %j elects',
    (settings) => {
      expect(conditionOf(settings).condition.electing).toBe(true);
    },
  );
});

describe('a candidate', () => {
  test('is ready as soon as it has seen the lock, and from then on', () => {
    const { condition, pages } = conditionOf(collecting);
    expect(pages.ready().ok).toBe(false);
    condition.enter(candidate(false));
    expect(pages.ready()).toEqual({ ok: false, reason: 'the lock was not seen yet' });
    condition.enter(candidate(true));
    expect(pages.ready()).toEqual({ ok: true, reason: 'the lock was seen' });
    condition.enter(candidate(false));
    expect(pages.ready().ok).toBe(true);
  });

  test('names the holder that it follows, where there is one', () => {
    const { condition, pages, clock } = conditionOf(collecting);
    condition.enter(candidate(true, 'collector-b', clock.now()));
    expect(pages.status()).toMatchObject({ role: 'candidate', holder: 'collector-b' });
    for (const free of [candidate(true), candidate(true, '', clock.now())]) {
      condition.enter(free);
      expect(pages.status()).not.toHaveProperty('holder');
    }
  });

  test('names nobody whose lease ran out while it looked on: whoever could not take over says so by that', () => {
    const { condition, pages, clock } = conditionOf(collecting);
    condition.enter(candidate(true, 'collector-b', clock.now()));
    clock.advance(59_999);
    expect(pages.status()).toMatchObject({ holder: 'collector-b' });
    clock.advance(1);
    expect(pages.status()).not.toHaveProperty('holder');
  });

  test('shows nothing that only a leader has', () => {
    const { condition, pages, metrics } = conditionOf(collecting);
    condition.enter(candidate(true, 'collector-b'));
    for (const leaders of ['term', 'token', 'window']) expect(pages.status()).not.toHaveProperty(leaders);
    expect(metrics.render()).toContain('\nleader_election_master_status{name="the-lock"} 0\n');
    expect(metrics.render()).not.toMatch(/eventbaton_(?:term|window_bytes|window_records|token_age_seconds) /);
  });
});

describe('a leader', () => {
  test('is ready whatever its sinks answer', () => {
    const { condition, pages, clock, sinks } = conditionOf(collecting);
    condition.enter(leaderOf(clock).role);
    sinks.note({ what: 'batch retried', sink: 'stdout', records: 1, reason: 'gone', misconfigured: true, failures: 1 });
    expect(pages.ready().ok).toBe(true);
    expect(pages.status().warnings).toEqual(['sink stdout is misconfigured since 2030-01-01T00:00:00.000Z: gone']);
  });

  test('shows its term before it has begun to work', () => {
    const { condition, pages, clock, metrics } = conditionOf(collecting);
    condition.enter(leaderOf(clock).role);
    const status = pages.status();
    expect(status).toMatchObject({ role: 'leader', holder: 'collector-a_0a1b2c3d_11111111', term: 7 });
    expect(status).not.toHaveProperty('token');
    expect(metrics.render()).toContain('\neventbaton_term 7\n');
    expect(metrics.render()).toContain('\nleader_election_master_status{name="the-lock"} 1\n');
  });

  test('shows what is settled and what is not, with ages in the time of the API server', () => {
    const { condition, pages, clock, metrics } = conditionOf(collecting);
    condition.enter(leaderOf(clock).role);
    condition.watchOver(working(), () => readAt + 62_500);
    expect(pages.status()).toMatchObject({
      token: { position: '41', history: 2, asOf: '2030-01-01T00:00:02.000Z', ageSeconds: 60.5 },
      window: { bytes: 1_000, records: 1, full: false },
      warnings: [],
    });
    const page = metrics.render();
    expect(page).toContain('\neventbaton_window_bytes 1000\n');
    expect(page).toContain('\neventbaton_window_records 1\n');
    expect(page).toContain('\neventbaton_token_age_seconds 60.5\n');
    expect(page).toContain('\neventbaton_oldest_unsettled_age_seconds 60.5\n');
    expect(page).toContain('\neventbaton_time_to_loss_seconds 3539.5\n');
    expect(pages.status().secondsToLoss).toBe(3_539.5);
  });

  test('shows for how long each sink has failed, and that nothing is left once Events may have expired', () => {
    const { condition, pages, clock, sinks, metrics } = conditionOf(collecting);
    condition.enter(leaderOf(clock).role);
    condition.watchOver(working(), () => clock.wallTime());
    expect(metrics.render()).toContain('\neventbaton_sink_failing_seconds{sink="stdout"} 0\n');
    sinks.note({ what: 'batch retried', sink: 'stdout', records: 1, reason: 'gone', misconfigured: true, failures: 1 });
    clock.advance(4_000_000);
    sinks.note({ what: 'batch retried', sink: 'stdout', records: 1, reason: 'gone', misconfigured: true, failures: 2 });
    expect(metrics.render()).toContain('\neventbaton_sink_failing_seconds{sink="stdout"} 4000\n');
    expect(metrics.render()).toContain('\neventbaton_time_to_loss_seconds 0\n');
    expect(pages.status().sinks).toMatchObject([{ failingSince: '2030-01-01T00:00:00.000Z' }]);
  });

  test('shows no age below zero where the API server is a little behind', () => {
    const { condition, pages, clock } = conditionOf(collecting);
    condition.enter(leaderOf(clock).role);
    condition.watchOver(working(), () => readAt);
    expect(pages.status().token?.ageSeconds).toBe(0);
  });

  test('warns of a full window, and says after how long Events expire', () => {
    const { condition, pages, clock } = conditionOf({ ...collecting, eventTtl: 1_800 });
    condition.enter(leaderOf(clock).role);
    condition.watchOver(working(1_000), () => readAt);
    expect(pages.status()).toMatchObject({
      window: { full: true },
      warnings: [expect.stringMatching(/^reading is paused .* in 30 minutes Events begin to expire unread$/)],
    });
  });

  test('that has become a candidate again shows the new holder and no term', () => {
    const { condition, pages, clock } = conditionOf(collecting);
    condition.enter(leaderOf(clock).role);
    condition.enter(candidate(false, 'collector-b', clock.now()));
    expect(pages.status()).toMatchObject({ role: 'candidate', holder: 'collector-b' });
    expect(pages.status()).not.toHaveProperty('term');
    expect(pages.ready().ok).toBe(true);
  });
});

describe('a collector is alive', () => {
  test('while its event loop turns', () => {
    const { condition, pages, clock } = conditionOf();
    clock.advance(30_000);
    expect(pages.live().ok).toBe(true);
    clock.advance(1);
    expect(pages.live()).toEqual({ ok: false, reason: 'the event loop stands still' });
    condition.beat();
    expect(pages.live().ok).toBe(true);
  });

  test('while it does not lead for longer than its lease, and a moment to notice, allows', () => {
    const { condition, pages, clock } = conditionOf(collecting);
    const { role, term } = leaderOf(clock);
    condition.enter(role);
    const later = (ms: number) => {
      clock.advance(ms);
      condition.beat();
      return pages.live();
    };
    expect(later(70_000).ok).toBe(true);
    expect(later(1)).toEqual({ ok: false, reason: 'leading although the lease is overdue' });
    term.renewed(clock.now());
    expect(pages.live().ok).toBe(true);

    later(100_000);
    condition.enter(candidate(true));
    expect(pages.live().ok).toBe(true);
  });
});

test('the metrics page tells what the process uses', () => {
  const page = conditionOf().pages.metrics();
  expect(page).toContain('\nprocess_cpu_seconds_total 1.5\n');
  expect(page).toContain('\nprocess_resident_memory_bytes 60000000\n');
});
