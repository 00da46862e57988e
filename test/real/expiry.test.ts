import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import type { Installation } from '../../tools/trial/installation.ts';
import { until } from '../../tools/trial/until.ts';
import { describeReal, install, startWorkload } from '../support/real.ts';
import { expectAccount } from '../support/account.ts';
import { untilCompacted, untilGone } from '../support/history.ts';
import { promise } from '../support/promise.ts';

const pace = { perSecond: 50, updateEvery: 5 };
const eventTtlSeconds = 20;

describeReal('a position that left the history', () => {
  describeReal('while Events still live', () => {
    let plane: ControlPlane;

    beforeAll(async () => {
      plane = await startControlPlane({ compactionIntervalSeconds: 5 });
    });

    afterAll(() => plane?.stop());

    test('costs one relist: the latest version of every object arrives, and nothing twice after a graceful stop', async () => {
      const installation = await install(plane, { namespace: 'compacted' });
      await installation.addPods(3);
      await installation.listed();
      const workload = installation.workload();
      const writing = startWorkload(workload, pace);
      await delay(4_000);
      await stopAll(installation);
      await untilCompacted(installation);
      await writing.stop();
      await installation.pods[0]?.start();

      const account = await installation.settled([workload]);
      expectAccount(account, { lost: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 });
      expect(account.superseded.length).toBeGreaterThan(0);
      expect(await installation.pods[0]?.metric('eventbaton_relists_total', 'reason="expired"')).toBe(1);
    });
  });

  describeReal('and Events that expired', () => {
    let plane: ControlPlane;

    beforeAll(async () => {
      plane = await startControlPlane({ compactionIntervalSeconds: 5, eventTtlSeconds });
    });

    afterAll(() => plane?.stop());

    test('beyond the event TTL there is exactly one gap record, and it covers what is missing', async () => {
      const installation = await install(plane, { namespace: 'expired', settings: { eventTtl: eventTtlSeconds } });
      await installation.addPods(2);
      await installation.listed();
      const workload = installation.workload();
      await workload.burst(100);
      await installation.settled([workload]);
      await stopAll(installation);
      const stoppedAt = Date.now();
      const position = await installation.storedPosition();
      await workload.burst(50);
      const unread = workload.written.slice(-50);
      await untilGone(installation);
      await untilCompacted(installation);
      await workload.burst(10);
      // Certain is a gap only beyond the TTL and what a lease of etcd is reused for; two seconds more for times that are told in whole ones.
      await delay(stoppedAt + eventTtlSeconds * 1_050 + 2_000 - Date.now());
      await installation.pods[0]?.start();
      await until('the gap record', async () => (await installation.account(workload)).gaps[0]);

      const account = await installation.settled([workload], { missing: unread.length });
      expectAccount(account, { lost: 50, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 1 });
      promise(() => expect(account.lost.map(({ uid }) => uid).sort()).toEqual(unread.map(({ uid }) => uid).sort()));
      const gap = account.gaps[0]?.gap;
      expect(gap).toMatchObject({ reason: 'expired', certain: true, from: { resourceVersion: String(position) } });
      for (const { resourceVersion } of account.lost) {
        promise(() => {
          expect(BigInt(resourceVersion)).toBeGreaterThan(position);
          expect(BigInt(resourceVersion)).toBeLessThanOrEqual(BigInt(gap?.to.resourceVersion ?? 0));
        });
      }
      const length = Date.parse(gap?.to.time ?? '') - Date.parse(gap?.from.time ?? '');
      expect(length).toBeGreaterThan(eventTtlSeconds * 1_000);
    });

    test('a leader that lived through three TTLs without an Event leaves no gap when it is killed', async () => {
      const settings = { eventTtl: eventTtlSeconds, leaderLeaseDuration: 8 };
      const installation = await install(plane, { namespace: 'quiet', settings });
      await installation.addPods(2);
      await installation.listed();
      const workload = installation.workload();
      await workload.burst(20);
      await installation.settled([workload]);
      const leader = await installation.leader();
      await delay(3 * eventTtlSeconds * 1_000);
      expect(await installation.leader()).toBe(leader);
      await leader.stop('SIGKILL');
      await untilCompacted(installation);
      const next = await installation.leader(leader);
      await until('the relist', async () => (await next.metric('eventbaton_relists_total', 'expired')) || undefined);
      await workload.burst(20);

      expectAccount(await installation.settled([workload]), { lost: 0, duplicated: 0, gaps: 0 });
    });
  });
});

async function stopAll({ pods }: Installation): Promise<void> {
  expect(await Promise.all(pods.map((pod) => pod.stop('SIGTERM')))).toEqual(pods.map(() => 0));
}
