import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { settleAccount } from '../../tools/trial/account.ts';
import { handOver } from '../../tools/trial/hand-over.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { describeReal, install, startWorkload, tell } from '../support/real.ts';
import { until } from '../../tools/trial/until.ts';
import { expectAccount } from '../support/account.ts';
import { settle } from '../../tools/trial/settling.ts';

const clean = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };

describeReal('a graceful hand-over', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('every 10 s for a minute, under load: nothing is lost, doubled or out of order, and the baton passes in ten requests', async () => {
    const installation = await install(plane, { namespace: 'handover' });
    await installation.addPods(3);
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
    const passed: { readonly from: string; readonly to: string }[] = [];
    for (let round = 0; round < 6; round += 1) {
      await delay(9_500);
      const leader = await installation.leader();
      const from = leader.identity;
      const stoppedAt = performance.now();
      expect(await leader.stop('SIGTERM')).toBe(0);
      const next = await installation.leader(leader);
      passed.push({ from, to: next.identity });
      tell('SIGTERM to the next holder', performance.now() - stoppedAt);
      await leader.start();
    }
    await until('2,500 writes', () => workload.written.length > 2_500 || undefined);
    await writing.stop();

    const account = await installation.settled([workload]);
    expectAccount(account, { ...clean, written: account.written, delivered: account.written });
    const streamed = await settle(() => settleAccount(workload.written, installation.streamed()));
    expectAccount(streamed, { lost: 0, duplicated: 0, unexpected: 0 });

    const audit = await plane.requests();
    for (const pass of passed) {
      const { steps, milliseconds } = handOver(audit, pass);
      tell('release to the new watch', milliseconds);
      // The locks of other kinds are looked at side by side.
      expect(steps.slice(0, 2).toSorted()).toEqual(['get configmaps', 'get endpoints']);
      expect(steps[2]).toBe('update leases');
      expect(steps.slice(3, 5).toSorted()).toEqual(['get configmaps', 'get endpoints']);
      expect(steps.slice(5).filter((step) => step !== 'get namespaces')).toEqual([
        'get configmaps',
        'list events',
        'update configmaps',
        'watch events',
      ]);
    }
    expect(complaints(installation.pods)).toEqual([]);
  });
});

/** Lines of the log that a hand-over must not cause. */
function complaints(pods: readonly Pod[]): readonly string[] {
  return pods.flatMap(({ log }) => log.filter(({ level }) => level !== 'info').map(({ message }) => message));
}
