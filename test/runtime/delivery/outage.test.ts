import { describe, expect, test } from 'vitest';
import { Condition } from '../../../runtime/src/cli/condition.ts';
import { defaultSettings } from '../../../runtime/src/contract/settings.ts';
import type { Answer, Sink } from '../../../runtime/src/delivery/sink.ts';
import { createCollectorMetrics } from '../../../runtime/src/operations/collector-metrics.ts';
import { createNarrator } from '../../../runtime/src/operations/narrator.ts';
import { SinkStates } from '../../../runtime/src/operations/status.ts';
import { pause } from '../../../runtime/src/support/clock.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import { Installation } from '../leading/installation.ts';
import { misconfigured, retry } from './sending.ts';

const windowBytes = 20_000;

/** What one event of the store takes at most. */
const eventBytes = 1_000;

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A leader with one required sink, and all that it shows of itself. An event is written every second. */
async function leading(answer: (now: number) => Answer, answersAfterMs = 0) {
  const received: string[] = [];
  const log: Line[] = [];
  const happened = new Set<string>();
  let open = 0;
  const sink: Sink = {
    name: 'archive',
    required: true,
    async send(batch, signal) {
      open += 1;
      await pause(site.clock, answersAfterMs, signal);
      open -= 1;
      const given = signal.aborted ? retry : answer(site.clock.now());
      if (given.kind === 'accepted') received.push(...batch.map(({ id }) => id));
      return given;
    },
    reopen: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const limits = { records: 5, bytes: 1_048_576 };
  const wiring = { sink, limits, retry: { initialMs: 500, maximumMs: 30_000 } };
  const report = (happening: Happening) => told(happening);
  const site = new Installation({ leader: { sinks: [wiring], windowBytes, report } });
  const states = new SinkStates([sink], () => site.clock.wallTime());
  const condition = new Condition(defaultSettings, 'collector-a', states, site.clock);
  const metrics = createCollectorMetrics(
    condition.metricSources(() => ({ cpuSeconds: 0, residentBytes: 0, logLinesDropped: 0 })),
    { version: '1', lockName: 'lock' },
  );
  const narrate = createNarrator(
    (level, message, fields = {}) => void log.push({ level, message, fields }),
    () => site.clock.now(),
    () => condition.secondsToLoss,
  );
  const told = (happening: Happening) => {
    happened.add(happening.what === 'watch ended' ? `watch ended: ${happening.because}` : happening.what);
    narrate(happening);
    metrics.count(happening);
    states.note(happening);
  };
  const pod = await site.startLeader('collector-a');
  condition.watchOver(pod.leader, () => site.events.time);
  const pages = condition.pages(metrics);
  const metric = (name: string) =>
    Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(metrics.render())?.[1] ?? Number.NaN);
  let mostBytes = 0;
  let mostOpen = 0;
  const liveSeconds = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      site.events.create(`event-${site.events.written.length}`);
      await site.clock.pass(1_000);
      mostBytes = Math.max(mostBytes, pod.leader.work?.window.bytes ?? 0);
      mostOpen = Math.max(mostOpen, open);
    }
  };
  const renewals = () => site.timeline.filter((request) => request === 'update lease').length;
  return {
    site,
    received,
    log,
    happened,
    status: () => pages.status(),
    metric,
    liveSeconds,
    renewals,
    most: () => ({ bytes: mostBytes, open: mostOpen }),
  };
}

const tenMinutes = 600;

describe.each([
  ['down', retry, 'retrying'],
  ['misconfigured', misconfigured, 'misconfigured'],
  ['one that refuses everything', { kind: 'refused', reason: 'answered 400' }, 'misconfigured'],
] as const)('a required sink that is %s for ten minutes', (_, failing, state) => {
  async function outage() {
    const leader = await leading((now) => (now < 60_000 || now >= 660_000 ? { kind: 'accepted' } : failing));
    await leader.liveSeconds(58);
    return leader;
  }

  test('shows in status, metrics and log long before anything is at risk', async () => {
    const { status, metric, log, happened, liveSeconds } = await outage();
    expect(status()).toMatchObject({ sinks: [{ state: 'ok' }], warnings: [] });
    expect([metric('eventbaton_sink_failing_seconds'), log.filter(({ level }) => level === 'error')]).toEqual([0, []]);
    await liveSeconds(10);
    expect(happened.has('watch ended: stalled')).toBe(false);
    expect(status()).toMatchObject({
      window: { full: false },
      sinks: [{ state, failingSince: expect.stringMatching(/^2030-01-01T00:01:/), lastError: expect.any(String) }],
      warnings: [expect.stringMatching(new RegExp(`^sink archive is ${state} since 2030-01-01T00:01:`))],
    });
    expect(metric('eventbaton_sink_failing_seconds')).toBeGreaterThan(0);
    expect(metric('eventbaton_time_to_loss_seconds')).toBeGreaterThan(3_500);
    const line = log.find(({ message }) => /^sink archive (?:did not accept|cannot deliver)/.test(message));
    expect(line?.fields['secondsToLoss']).toBeGreaterThan(3_500);
  });

  test('says when reading is paused, and how much time is left, all the while', async () => {
    const { status, metric, log, liveSeconds } = await outage();
    await liveSeconds(540);
    expect(log.filter(({ message }) => message.startsWith('reading is paused'))).toMatchObject([
      { level: 'warn', fields: { secondsToLoss: expect.any(Number) } },
    ]);
    expect(status().warnings).toEqual([
      expect.stringMatching(/^sink archive is /),
      expect.stringMatching(/^reading is paused \(sink archive\): .* in 5[12] minutes Events begin to expire unread$/),
    ]);
    expect(metric('eventbaton_oldest_unsettled_age_seconds')).toBeGreaterThan(500);
    expect(metric('eventbaton_time_to_loss_seconds')).toBeLessThan(3_100);
    const reminders = log.filter(({ fields }) => fields['secondsToLoss'] !== undefined);
    expect(reminders.length).toBeGreaterThan(8);
    expect(reminders.length).toBeLessThan(25);
    const left = reminders.map(({ fields }) => Number(fields['secondsToLoss']));
    expect(left).toEqual(left.toSorted((a, b) => b - a));
  });

  test('takes no more memory than the window has, and never costs a renewal', async () => {
    const { liveSeconds, renewals, most } = await outage();
    await liveSeconds(32);
    for (let quarter = 0; quarter < 36; quarter += 1) {
      const before = renewals();
      await liveSeconds(15);
      expect(renewals() - before).toBe(1);
    }
    expect(most().bytes).toBeGreaterThan(windowBytes - eventBytes);
    expect(most().bytes).toBeLessThanOrEqual(windowBytes + eventBytes);
    expect(most().open).toBeLessThanOrEqual(1);
  });

  test('gets everything, once and in order, when it is back, without anybody doing anything', async () => {
    const { site, received, status, metric, log, happened, liveSeconds } = await outage();
    await liveSeconds(tenMinutes + 120);
    expect(happened.has('watch ended: stalled')).toBe(true);
    expect(received.toSorted()).toEqual(site.events.written.map(({ id }) => id).toSorted());
    expect(happened.has('event dropped')).toBe(false);
    expect(status()).toMatchObject({ window: { records: 0 }, sinks: [{ state: 'ok' }], warnings: [] });
    expect(metric('eventbaton_sink_failing_seconds')).toBe(0);
    expect(log.some(({ message }) => message === 'sink archive accepts again')).toBe(true);
  });
});

describe('a required sink that answers once a second', () => {
  test('is waited for within the window: renewals on time, and everything arrives in order', async () => {
    const { site, received, status, liveSeconds, renewals, most } = await leading(() => ({ kind: 'accepted' }), 1_000);
    for (let number = 0; number < 200; number += 1) site.events.create(`burst-${number}`);
    for (let quarter = 0; quarter < 8; quarter += 1) {
      const before = renewals();
      await liveSeconds(15);
      expect(renewals() - before).toBe(1);
    }
    expect(most().bytes).toBeLessThanOrEqual(windowBytes + eventBytes);
    expect(most().open).toBeLessThanOrEqual(1);
    await site.clock.pass(60_000);
    expect(received).toEqual(site.events.written.map(({ id }) => id));
    expect(status()).toMatchObject({ window: { records: 0 }, sinks: [{ state: 'ok' }], warnings: [] });
  });

  test('is named while reading waits for it, although it does nothing wrong', async () => {
    const { site, status, liveSeconds, log } = await leading(() => ({ kind: 'accepted' }), 25_000);
    for (let number = 0; number < 200; number += 1) site.events.create(`burst-${number}`);
    await liveSeconds(60);
    expect(status().warnings).toEqual([
      expect.stringMatching(/^reading is paused \(sinks are slower than the cluster\)/),
    ]);
    expect(log.some(({ message }) => message.startsWith('reading is paused'))).toBe(true);
  });
});
