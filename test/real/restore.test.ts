import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RealControlPlane, startControlPlane } from '../../tools/cluster/real.ts';
import { until } from '../../tools/trial/until.ts';
import { describeReal, install, startWorkload } from '../support/real.ts';
import { expectAccount } from '../support/account.ts';

const settings = { leaderLeaseDuration: 12 };

describeReal('etcd put back with everything in it, the lock and the token too', () => {
  let plane: RealControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test.each([
    { when: 'before the present term', handOver: true },
    { when: 'within the present term', handOver: false },
  ])(
    'to a moment $when: one of the collectors that saw the later lock leads again, and hands over',
    async ({ when, handOver }) => {
      const installation = await install(plane, { namespace: when.split(' ')[0] ?? '', settings });
      const { pods } = installation;
      await installation.addPods(3);
      const before = installation.workload('before');
      await before.burst(100);
      const first = await installation.leader();
      const saved = await plane.saveStore();
      if (handOver) {
        await first.stop('SIGTERM');
        await installation.leader(first);
        await first.start();
      }
      await before.burst(400);
      expectAccount(await installation.settled([before]), { lost: 0 });
      await plane.stopApiServer('SIGKILL');
      await plane.restoreStore(saved);
      await plane.startApiServer();

      const after = installation.workload('after');
      await until('a write that the restored store takes', async () => {
        await after.burst(1);
        return after.written.length > 0 || undefined;
      });
      // More would bring the store back to the old numbers before anybody has looked.
      await after.burst(20);
      await installation.settled([after]);
      const writing = startWorkload(after, { perSecond: 20, updateEvery: 5 });
      const next = await until('a leader whose lock is renewed', async () => {
        const held = await installation.lease();
        await delay(4_000);
        const renewed = await installation.lease();
        const holder = pods.find(({ identity }) => identity === renewed?.spec.holderIdentity);
        return held?.spec.renewTime === renewed?.spec.renewTime ? undefined : holder;
      });
      await next.stop('SIGTERM');
      expect(await installation.leader(next)).not.toBe(next);
      await delay(2_000);
      await writing.stop();
      const account = await installation.settled([before, after]);
      // What is written before the list of the new history may be merged in it.
      expectAccount(account, { lost: 0, unexpected: 0 });
      expect(pods.filter((pod) => pod !== next).every(({ isRunning }) => isRunning)).toBe(true);
    },
  );
});
