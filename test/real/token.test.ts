import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import type { Installation } from '../../tools/trial/installation.ts';
import { until } from '../../tools/trial/until.ts';
import { describeReal, install, startWorkload } from '../support/real.ts';
import { expectAccount } from '../support/account.ts';
import { promise } from '../support/promise.ts';

const pace = { perSecond: 50, updateEvery: 5 };
const settings = { checkpointInterval: 1 };
const nothingAmiss = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };

describeReal('the token ConfigMap', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('deleted under a leader costs nothing: the lock carries the token until the object is back', async () => {
    const installation = await install(plane, { namespace: 'deleted', settings });
    await installation.addPods(2);
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, pace);
    await delay(2_000);
    await plane.admin.expect('DELETE', installation.tokenPath);
    await until('the word that only the lock has the token', () => said(installation, 'kept on the lock alone'));
    await handOver(installation);
    expect(await installation.tokenConfigMap()).toBeUndefined();
    await handOver(installation);
    await plane.admin.apply(tokenManifest(installation));
    await until('the token in its place', async () => (await installation.tokenConfigMap())?.data?.['event.tokenKey']);
    await writing.stop();
    // Once in each of the three terms.
    const told = installation.pods.flatMap(({ log }) => log.filter(({ message }) => message.includes('lock alone')));
    expect(told).toHaveLength(3);
    expectAccount(await installation.settled([workload]), nothingAmiss);
  });

  test('zeroed while nobody collects costs nothing', async () => {
    const installation = await install(plane, { namespace: 'zeroed', settings });
    await installation.addPods(2);
    await installation.listed();
    const workload = installation.workload();
    await workload.burst(100);
    await installation.settled([workload]);
    await Promise.all(installation.pods.map((pod) => pod.stop('SIGTERM')));
    await replaceToken(installation, {});
    await workload.burst(100);
    await installation.pods[0]?.start();
    expectAccount(await installation.settled([workload]), nothingAmiss);
  });

  test('zeroed under a leader is written over, told, and costs nothing', async () => {
    const installation = await install(plane, { namespace: 'overwritten', settings });
    await installation.addPods(2);
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, pace);
    await delay(2_000);
    await replaceToken(installation, {});
    await until('the word that it was written over', () => said(installation, 'somebody changed the token'));
    await handOver(installation);
    await writing.stop();
    expectAccount(await installation.settled([workload]), nothingAmiss);
  });

  test('replaced by its manifest every 2 s, through two hand-overs, costs nothing', async () => {
    const installation = await install(plane, { namespace: 'gitops', settings });
    await installation.addPods(3);
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, pace);
    for (let round = 0; round < 6; round += 1) {
      await delay(2_000);
      await replaceToken(installation, {});
      if (round % 3 === 1) await handOver(installation);
    }
    await writing.stop();
    expectAccount(await installation.settled([workload]), nothingAmiss);
  });

  test('moved back by hand is obeyed: everything after that position comes again, with the same ids', async () => {
    const installation = await install(plane, { namespace: 'back', settings });
    await installation.addPods(1);
    await installation.listed();
    const workload = installation.workload();
    await workload.burst(60);
    await installation.settled([workload]);
    await installation.pods[0]?.stop('SIGTERM');
    const versions = workload.written
      .map(({ resourceVersion }) => BigInt(resourceVersion))
      .sort((a, b) => (a < b ? -1 : 1));
    const position = versions[29] ?? 0n;
    await replaceToken(installation, { 'event.tokenKey': String(position) });
    await installation.pods[0]?.start();
    await until(
      'the re-sends',
      async () => (await installation.account(workload)).duplicated.length >= 30 || undefined,
    );
    const account = await installation.account(workload);
    expectAccount(account, { lost: 0, duplicated: 30, unexpected: 0, gaps: 0 });
    promise(() => expect(account.duplicated.every(({ event }) => BigInt(event.resourceVersion) > position)).toBe(true));
  });

  test('moved forward by hand is obeyed, and a gap record covers what was passed over', async () => {
    const installation = await install(plane, { namespace: 'forward', settings });
    await installation.addPods(1);
    await installation.listed();
    const workload = installation.workload();
    await workload.burst(20);
    await installation.settled([workload]);
    await installation.pods[0]?.stop('SIGTERM');
    const from = await installation.storedPosition();
    await workload.burst(20);
    const to = workload.written.reduce(
      (most, { resourceVersion }) => (BigInt(resourceVersion) > most ? BigInt(resourceVersion) : most),
      0n,
    );
    await replaceToken(installation, { 'event.tokenKey': String(to) });
    await workload.burst(20);
    await installation.pods[0]?.start();
    const account = await installation.settled([workload], { missing: 20 });
    expectAccount(account, { lost: 20, duplicated: 0, unexpected: 0, gaps: 1 });
    expect(account.gaps[0]?.gap).toMatchObject({
      reason: 'moved',
      from: { resourceVersion: String(from) },
      to: { resourceVersion: String(to) },
    });
    promise(() => {
      for (const { resourceVersion } of account.lost) expect(BigInt(resourceVersion)).toBeLessThanOrEqual(to);
    });
  });
});

/** SIGTERM of the leader, which then comes back. */
async function handOver(installation: Installation): Promise<void> {
  const claims = () => installation.pods.flatMap(({ log }) => log.filter(({ message }) => message === 'token claimed'));
  const leader = await installation.leader();
  const { length } = claims();
  expect(await leader.stop('SIGTERM')).toBe(0);
  await installation.leader(leader);
  await until('the claim of the next', () => claims().length > length || undefined);
  await leader.start();
}

function tokenManifest({ manifests }: Installation) {
  const manifest = manifests.find(({ kind }) => kind === 'ConfigMap');
  if (manifest === undefined) throw new Error('the manifests bring no ConfigMap');
  return manifest;
}

/** As `kubectl replace` of the manifest does it, annotations included. */
async function replaceToken(installation: Installation, data: Readonly<Record<string, string>>): Promise<void> {
  const { admin } = installation.plane;
  const keepsAnnotations = Object.keys(data).length > 0;
  if (keepsAnnotations) await admin.expect('PATCH', installation.tokenPath, { data }, 'application/merge-patch+json');
  else await admin.expect('PUT', installation.tokenPath, { ...tokenManifest(installation), data });
}

function said({ pods }: Installation, words: string): true | undefined {
  return pods.some(({ log }) => log.some(({ message }) => message.includes(words))) || undefined;
}
