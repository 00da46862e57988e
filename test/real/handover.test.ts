import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditEntry, readAuditLog } from '../../tools/cluster/audit-log.ts';
import { type ControlPlane, startControlPlane } from '../../tools/cluster/control-plane.ts';
import { figuresOf, settleAccount } from '../../tools/trial/account.ts';
import { parseRecord } from '../../tools/trial/deliveries.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { describeReal, install, named, requestsOf, startWorkload, tell } from '../support/real.ts';

const clean = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };

describeReal('a graceful hand-over', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('every 10 s for a minute, under load: nothing is lost, doubled or out of order, and the baton passes in six requests', async () => {
    const installation = await install(plane, { namespace: 'handover' });
    await installation.addPods(3);
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
    await writing.stop();

    const account = await installation.settled([workload]);
    expect(figuresOf(account)).toEqual({ ...clean, written: account.written, delivered: account.written });
    expect(account.written).toBeGreaterThan(2_500);
    const toStdout = installation.pods.flatMap(({ output }) => output.flatMap(({ text }) => parseRecord(text) ?? []));
    const streamed = settleAccount(workload.written, toStdout);
    expect(figuresOf(streamed)).toMatchObject({ lost: 0, duplicated: 0, unexpected: 0 });

    const audit = await readAuditLog(plane.auditLogFile);
    for (const pass of passed) {
      const { steps, milliseconds } = handOver(audit, pass);
      tell('release to the new watch', milliseconds);
      expect(steps.filter((step) => step !== 'get namespaces')).toEqual([
        'update leases',
        'get configmaps',
        'list events',
        'update configmaps',
        'watch events',
      ]);
    }
    expect(complaints(installation.pods)).toEqual([]);
  });
});

/** What the new leader asked for from the old one's release on, to the start of its watch. */
function handOver(audit: readonly AuditEntry[], { from, to }: { readonly from: string; readonly to: string }) {
  const release = requestsOf(audit, from).findLast((entry) => named(entry) === 'update leases' && entry.code === 200);
  if (release === undefined) throw new Error(`${from} never released the lock`);
  const steps = requestsOf(audit, to).filter(({ receivedAt }) => receivedAt > release.receivedAt);
  const end = steps.findIndex((entry) => named(entry) === 'watch events');
  const watch = steps[end];
  if (watch === undefined) throw new Error(`${to} never watched Events`);
  return { steps: steps.slice(0, end + 1).map(named), milliseconds: watch.stageAt - release.receivedAt };
}

/** Lines of the log that a hand-over must not cause. */
function complaints(pods: readonly Pod[]): readonly string[] {
  return pods.flatMap(({ log }) => log.filter(({ level }) => level !== 'info').map(({ message }) => message));
}
