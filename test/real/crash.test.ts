import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { parseRecord } from '../../tools/trial/deliveries.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { until } from '../../tools/trial/until.ts';
import { describeReal, install, isProbe, named, requestsOf, startWorkload, tell } from '../support/real.ts';
import { expectAccount, expectResent } from '../support/account.ts';
import { promise } from '../support/promise.ts';

describeReal('after a crash of the leader', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('the restarted process of its pod takes over at once, every 10 s for a minute: nothing is lost, and what comes twice was not in the token', async () => {
    const installation = await install(plane, { namespace: 'kill' });
    await installation.addPods(3);
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
    const excusable = new Set<string>();
    for (let round = 0; round < 6; round += 1) {
      await delay(9_500);
      const leader = await installation.leader();
      const term = (await installation.lease())?.spec.leaseTransitions ?? 0;
      await leader.stop('SIGKILL');
      for (const id of await installation.idsBeyondToken()) excusable.add(id);
      const restartedAt = performance.now();
      await leader.start();
      expect(await installation.leader(undefined, 20_000)).toBe(leader);
      tell('restart to lock', performance.now() - restartedAt);
      expect((await installation.lease())?.spec.leaseTransitions).toBe(term + 1);
    }
    await writing.stop();

    const account = await installation.settled([workload]);
    expectAccount(account, { lost: 0, superseded: 0, unexpected: 0, outOfOrder: 0, gaps: 0 });
    expectResent(account, excusable);
    promise(() => expect(account.duplicated.length).toBeLessThanOrEqual(excusable.size));
    await expectEqualResends(await installation.deliveries());
  });

  test('another pod leads after the lease where its pod is gone: nothing is lost', async () => {
    const installation = await install(plane, { namespace: 'gone', settings: { leaderLeaseDuration: 15 } });
    await installation.addPods(3);
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
    await delay(5_000);
    const leader = await installation.leader();
    const killedAt = performance.now();
    await leader.stop('SIGKILL');
    const excusable = await installation.idsBeyondToken();
    await installation.leader(leader);
    tell('kill -9 to the next holder, with a lease of 15 s', performance.now() - killedAt);
    await delay(1_000);
    await writing.stop();

    const account = await installation.settled([workload]);
    expectAccount(account, { lost: 0, superseded: 0, unexpected: 0, outOfOrder: 0, gaps: 0 });
    expectResent(account, excusable);
  });

  test('a leader that stood still for longer than its lease asks nothing of sink, token or lock when it wakes, and follows', async () => {
    const installation = await install(plane, { namespace: 'paused', settings: { leaderLeaseDuration: 15 } });
    await installation.addPods(3);
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
    await delay(4_000);
    const paused = await installation.leader();
    const { identity } = paused;
    // What it has begun is sent when it wakes: just renewed, it does not renew for a while.
    const renewTime = async () => (await installation.lease())?.spec.renewTime;
    const before = await renewTime();
    await until('a renewal', async () => (await renewTime()) !== before || undefined);
    paused.signal('SIGSTOP');
    await workload.answered();
    // A batch that was open when it stopped completes when it wakes: of these it may have been, of what is written later none.
    const writtenBefore = [...workload.written];
    const position = await installation.storedPosition();
    const beyondToken = writtenBefore.filter(({ resourceVersion }) => BigInt(resourceVersion) > position);
    const excusable = new Set(beyondToken.map(({ uid, resourceVersion }) => `${uid}.${resourceVersion}`));
    const next = await installation.leader(paused);
    await until('deliveries by the next leader', () => next.output.length > 50 || undefined);
    const linesBefore = paused.output.length;
    const wokenAt = Date.now();
    paused.signal('SIGCONT');
    await until(
      'the old leader to follow',
      async () => (await paused.page('/status')).includes(`"holder": "${next.identity}"`) || undefined,
    );
    await delay(3_000);
    await writing.stop();

    const account = await installation.settled([workload]);
    expectAccount(account, { lost: 0, superseded: 0, unexpected: 0, outOfOrder: 0, gaps: 0 });
    expectResent(account, excusable);
    expect(paused.isRunning).toBe(true);
    expect(await installation.leader()).toBe(next);
    const uidsBefore = new Set(writtenBefore.map(({ uid }) => uid));
    promise(() => expect(uidsOf(paused, linesBefore).filter((uid) => !uidsBefore.has(uid))).toEqual([]));
    const asked = requestsOf(await plane.requests(), identity).filter(({ receivedAt }) => receivedAt >= wokenAt);
    // One probe may be due before it has looked at its term.
    expect(asked.filter(isProbe).length).toBeLessThanOrEqual(1);
    promise(() => expect(asked.filter(({ verb }) => verb === 'update' || verb === 'create')).toEqual([]));
    expect(asked.filter((entry) => !isProbe(entry)).map(named)).toEqual(['get leases', 'watch leases']);
  });
});

async function expectEqualResends(records: readonly SinkRecord[]): Promise<void> {
  const first = new Map<string, string>();
  for (const record of records) {
    const text = JSON.stringify(record);
    promise(() => expect(first.get(record.id) ?? text).toBe(text));
    first.set(record.id, text);
  }
}

function uidsOf({ output }: Pod, fromLine: number): readonly string[] {
  return output.slice(fromLine).flatMap(({ text }) => {
    const record = parseRecord(text);
    return record !== undefined && 'event' in record ? [record.event.uid] : [];
  });
}
