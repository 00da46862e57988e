import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { until } from '../../tools/trial/until.ts';
import { describeReal, install, tell } from '../support/real.ts';
import { expectRenewedInTime } from '../support/renewals.ts';
import { expectAccount } from '../support/account.ts';

const megabyte = 1_048_576;
const windowBytes = 4 * megabyte;
const settings = { leaderLeaseDuration: 12, windowBytes };

describeReal('20,000 Events at once', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('all arrive, though nobody reads the sink meanwhile: memory follows the window, the lease is renewed, the stream goes on by itself', async () => {
    const installation = await install(plane, { namespace: 'burst', settings });
    await installation.addPods(2);
    const workload = installation.workload();
    await workload.burst(1_000);
    await installation.settled([workload]);
    const leader = await installation.leader();
    const idle = await leader.memory();
    const from = Date.now();

    leader.pauseOutput();
    await workload.burst(20_000);
    const stalled = 'reason="stalled"';
    await until(
      'a full window',
      async () => (await leader.metric('eventbaton_window_bytes')) >= windowBytes || undefined,
    );
    await until(
      'the watch to be closed',
      async () => (await leader.metric('eventbaton_watch_restarts_total', stalled)) || undefined,
    );
    expect(await leader.metric('eventbaton_window_bytes')).toBeLessThan(windowBytes + megabyte);
    expect(await leader.page('/status')).toContain('reading is paused');
    expect(await leader.page('/readyz')).toContain('ok');
    const full = await leader.memory();
    const to = Date.now();
    leader.resumeOutput();

    const account = await installation.settled([workload]);
    const peak = (await leader.memory()).peak;
    tell('resident memory of an idle leader', idle.resident / megabyte, 'MiB');
    tell('resident memory with a full window', full.resident / megabyte, 'MiB');
    tell('resident memory at the most', peak / megabyte, 'MiB');
    expectAccount(account, { lost: 0, superseded: 0, duplicated: 0, outOfOrder: 0, gaps: 0 });
    // The burst is some 35 MB of JSON and several times that as objects; the window holds a tenth of it.
    expect(peak - idle.resident).toBeLessThan(16 * windowBytes);
    expect(await installation.leader()).toBe(leader);
    expectRenewedInTime(await plane.requests(), leader.identity, {
      from,
      to,
      leaseSeconds: settings.leaderLeaseDuration,
    });
  });
});
