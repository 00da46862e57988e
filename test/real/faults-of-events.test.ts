import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import type { FaultProxy } from '../../tools/faults/fault-proxy.ts';
import { until } from '../../tools/trial/until.ts';
import { expectAccount } from '../support/account.ts';
import { describeReal } from '../support/real.ts';
import {
  asked,
  eventList,
  eventWatch,
  lockWrite,
  nothingAmiss,
  saidLines,
  transitions,
  underLoad,
} from './under-load.ts';

describeReal('with a fault of watch or list', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('a watch that fell silent ends by the time that we asked for, and the next one goes on from its position', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad(plane, 'half-open', 1, { eventTtl: 60 });
    const listsBefore = asked(proxies[0], eventList).length;
    // With this TTL a watch lasts for 5 to 10 s.
    await until('an open watch', () => {
      const last = asked(proxies[0], eventWatch).at(-1);
      return (last !== undefined && last.end === undefined) || undefined;
    });
    const fault = proxies[0]?.inject({ kind: 'blackhole' }, { ...eventWatch, reach: 'open' });
    expect(fault?.hits).toBe(1);
    const { length } = workload.written;
    await until('writes into the silence', () => workload.written.length > length + 100 || undefined);
    await stopWriting();
    expectAccount(await installation.settled([workload]), nothingAmiss);
    expect(await installation.pods[0]?.metric('eventbaton_watch_restarts_total', 'reason="broken"')).toBe(1);
    expect(asked(proxies[0], eventList).length).toBe(listsBefore);
  });

  test('a relist whose first lists fail is tried again until it succeeds: nothing is lost or doubled', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad(plane, 'relist', 1);
    const [proxy] = proxies;
    const listsBefore = asked(proxy, eventList).length;
    proxy?.inject({ kind: 'reset' }, { ...eventList, times: 2 });
    proxy?.inject({ kind: 'status', code: 500 }, { ...eventList, times: 3 });
    proxy?.inject({ kind: 'cut', afterBytes: 100 }, { ...eventList, times: 4 });
    proxy?.inject({ kind: 'error frame', code: 410 }, { ...eventWatch, times: 1 });
    await until('a list that succeeded', () => saidLines(installation, 'listed').length === 2 || undefined);
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, superseded: account.superseded.length });
    expect(await installation.pods[0]?.metric('eventbaton_relists_total', 'reason="expired"')).toBe(1);
    const lists = asked(proxy, eventList).slice(listsBefore);
    expect(lists.map(({ status, end }) => (end === 'answered' ? status : end)).slice(0, 5)).toEqual([
      'reset',
      'reset',
      500,
      'cut',
      200,
    ]);
  });

  test('a relist that cannot succeed holds up nothing but reading: the lease is kept, and once it can, all arrives', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad(plane, 'no-list', 1);
    const [proxy] = proxies;
    const term = await transitions(installation);
    const fault = proxy?.inject({ kind: 'status', code: 500 }, eventList);
    proxy?.inject({ kind: 'error frame', code: 410 }, { ...eventWatch, times: 1 });
    await until('four lists in vain', () => (fault?.hits ?? 0) >= 4 || undefined);
    await until('the line that says so', () => saidLines(installation, 'list failed')[0]);
    expect(await installation.pods[0]?.metric('leader_election_master_status')).toBe(1);
    expect((await installation.account(workload)).lost.length).toBeGreaterThan(0);
    await fault?.heal();
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, superseded: account.superseded.length });
    expect(await transitions(installation)).toBe(term);
  });

  test('429 with Retry-After on all that is asked of Events is honoured, and does not touch the renewals', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad(plane, 'throttled', 1, {
      leaderLeaseDuration: 24,
    });
    const [proxy] = proxies;
    const term = await transitions(installation);
    const retryAfterMs = 3_000;
    const throttling = { kind: 'status', code: 429, headers: { 'retry-after': String(retryAfterMs / 1_000) } } as const;
    const throttled = proxy?.inject(throttling, { method: 'GET', path: /\/events$/, reach: 'new' });
    proxy?.inject({ kind: 'reset' }, { ...eventWatch, times: 1 });
    await until('three answers of 429', () => (throttled?.hits ?? 0) >= 3 || undefined);
    await renewedThrough(proxy);
    await throttled?.heal();
    await until('the next watch', () => asked(proxy, eventWatch)[1]);
    await stopWriting();
    expectAccount(await installation.settled([workload]), nothingAmiss);

    const ofEvents = asked(proxy, { path: /\/events$/ });
    const refused = ofEvents.filter(({ status }) => status === 429);
    for (const request of refused) {
      const next = ofEvents[ofEvents.indexOf(request) + 1];
      expect((next?.at ?? Number.POSITIVE_INFINITY) - request.at).toBeGreaterThanOrEqual(retryAfterMs - 5);
    }
    expect(asked(proxy, lockWrite).map(({ status }) => status)).not.toContain(429);
    expect(saidLines(installation, 'lease not renewed')).toEqual([]);
    expect(await transitions(installation)).toBe(term);
  });

  test.each([
    { what: 'malformed', namespace: 'malformed', fault: { kind: 'malformed' } },
    { what: 'garbage', namespace: 'garbage', fault: { kind: 'malformed', line: '\u001b[2Jnot json' } },
    { what: 'cut in the middle', namespace: 'cut', fault: { kind: 'cut' } },
  ] as const)(
    'a frame that is $what three times at one position costs one relist, which is counted: nothing is lost or doubled',
    async ({ namespace, fault }) => {
      const { installation, workload, proxies, stopWriting } = await underLoad(plane, namespace, 1);
      const broken = proxies[0]?.inject(fault, { ...eventWatch, times: 3 });
      await until('the relist', () => saidLines(installation, 'listed').length === 2 || undefined);
      expect(broken?.hits).toBe(3);
      await stopWriting();
      const account = await installation.settled([workload]);
      expectAccount(account, { ...nothingAmiss, superseded: account.superseded.length });
      expect(await installation.pods[0]?.metric('eventbaton_relists_total', 'reason="broken"')).toBe(1);
      expect(await installation.pods[0]?.metric('eventbaton_watch_restarts_total', 'reason="broken"')).toBe(3);
    },
  );

  test('with an API server 200 ms away all arrives once and in order, and the baton passes', async () => {
    const { installation, workload, proxies, proxyOf, stopWriting } = await underLoad(plane, 'far', 2, {
      leaderLeaseDuration: 24,
    });
    const term = await transitions(installation);
    for (const proxy of proxies) proxy.inject({ kind: 'latency', ms: 200 });
    const { length } = workload.written;
    await until('400 more writes', () => workload.written.length > length + 400 || undefined);
    await renewedThrough(proxyOf(await installation.leader()));
    const terms = await transitions(installation);
    const old = await installation.leader();
    expect(await old.stop('SIGTERM')).toBe(0);
    const next = await installation.leader(old);
    await until('deliveries by the next leader', () => next.output.length > 50 || undefined);
    await stopWriting();
    expectAccount(await installation.settled([workload]), nothingAmiss);
    expect(terms).toBe(term);
    expect(saidLines(installation, 'lease not renewed')).toEqual([]);
  });
});

/** Waits for a renewal that begins from now on and is answered. */
async function renewedThrough(proxy: FaultProxy | undefined): Promise<void> {
  const { length } = asked(proxy, lockWrite);
  await until(
    'a renewal',
    () =>
      asked(proxy, lockWrite)
        .slice(length)
        .some(({ status }) => status === 200) || undefined,
  );
}
