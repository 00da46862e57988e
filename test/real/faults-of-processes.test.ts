import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { settleAccount } from '../../tools/trial/account.ts';
import { parseRecord, readDeliveries } from '../../tools/trial/deliveries.ts';
import { until } from '../../tools/trial/until.ts';
import { describeReal, install, startWorkload } from '../support/real.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { expectAccount, expectResent } from '../support/account.ts';
import { promise } from '../support/promise.ts';
import { settle } from '../../tools/trial/settling.ts';

const pace = { perSecond: 50, updateEvery: 5 };
const clean = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };

describeReal('processes', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('two leaders, by a lock deleted under a stopped one and a newcomer, lose nothing: twice comes what no token covered, or what the old one sent until it knew', async () => {
    const settings = { leaderLeaseDuration: 40, checkpointInterval: 1 };
    const installation = await install(plane, { namespace: 'two-leaders', settings });
    await installation.addPods(2);
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, pace);
    await until('deliveries', async () => (await installation.account(workload)).delivered > 100 || undefined);
    const old = await installation.leader();
    old.signal('SIGSTOP');
    const covered = await installation.storedPosition();
    const excusable = new Set(await installation.idsBeyondToken());
    await plane.admin.expect('DELETE', installation.lockPath);
    await delay(2_000);
    // Who has seen the old term lets it run out, whatever became of the lock.
    expect(await installation.lock()).toBeUndefined();
    const newcomer = await installation.addPod();
    expect(await installation.leader()).toBe(newcomer);
    await until('deliveries by the newcomer', () => newcomer.output.length > 100 || undefined);
    const position = await installation.storedPosition();
    old.signal('SIGCONT');
    await until('the old one to stop', () => old.log.find(({ message }) => message.includes('no longer leading')));
    const later = await installation.storedPosition();
    promise(() => expect(later).toBeGreaterThanOrEqual(position));
    await delay(2_000);
    await writing.stop();

    // On standard output may stand already what it writes to the file when it wakes.
    for (const record of old.output.flatMap(({ text }) => parseRecord(text) ?? []))
      if ('event' in record && BigInt(record.event.resourceVersion) > covered) excusable.add(record.id);
    const account = await installation.settled([workload]);
    expectAccount(account, { lost: 0, superseded: 0, unexpected: 0, gaps: 0 });
    expectResent(account, excusable);
    const isLeading = await old.metric('leader_election_master_status');
    promise(() => expect(isLeading).toBe(0));
    expect(await installation.leader()).toBe(newcomer);
    const versions = workload.written.map(({ resourceVersion }) => BigInt(resourceVersion));
    const last = versions.reduce((a, b) => (a > b ? a : b), 0n);
    await until('the token', async () => (await installation.storedPosition()) >= last || undefined);
  });

  test('a file sink on a full disk says so, neither ends nor loses, and goes on when there is room', async (context) => {
    const folder = temporaryFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { encoding: 'utf8' });
    context.skip(mounted.status !== 0, 'no file system can be mounted here: that takes root');
    onTestFinished(() => void spawnSync('umount', ['-l', folder]));
    const [path, ballast] = [join(folder, 'events.jsonl'), join(folder, 'ballast')];
    const sinks = [{ type: 'file', path, retry: { initial: 0.1, maximum: 1 } }] as const;
    const installation = await install(plane, {
      namespace: 'full',
      settings: { leaderLeaseDuration: 12, sinks },
      props: { watchNamespace: 'full' },
    });
    const pod = await installation.addPod();
    const { pid } = pod;
    const workload = installation.workload();
    await workload.burst(200);
    const account = async () =>
      settleAccount(
        workload.written,
        (await readDeliveries(path)).filter((record) => 'gap' in record || record.event.namespace === 'full'),
      );
    expectAccount(await settle(account), { lost: 0 });
    expect(() => writeFileSync(ballast, Buffer.alloc(4_194_304))).toThrow('ENOSPC');
    await workload.burst(500);
    await until('the alarm', async () => (await pod.page('/status')).includes('ENOSPC') || undefined);
    expect(await pod.page('/status')).toContain('no space is left: free some, or rotate the file');
    await delay(5_000);
    expect((await account()).lost.length).toBeGreaterThan(0);
    expect(await pod.metric('leader_election_master_status')).toBe(1);
    rmSync(ballast);

    expectAccount(await settle(account), clean);
    expect(pod.pid).toBe(pid);
    expect(await pod.metric('eventbaton_events_dropped_total')).toBe(0);
  });
});
