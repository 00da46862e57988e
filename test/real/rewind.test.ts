import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';
import type { AuditEntry } from '../../tools/cluster/audit-log.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import type { Installation } from '../../tools/trial/installation.ts';
import { until } from '../../tools/trial/until.ts';
import type { Workload } from '../../tools/trial/workload.ts';
import { describeReal, install, isProbe, named, requestsOf, startWorkload } from '../support/real.ts';
import { expectAccount } from '../support/account.ts';
import { promise } from '../support/promise.ts';

const settings = { leaderLeaseDuration: 12 };

describeReal('the store of Events put back to an earlier state', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane({ separateEventsEtcd: true });
  });

  afterAll(() => plane?.stop());

  test('while nobody collected is noticed before the first watch', async () => {
    const { installation, before, saved } = await prepare(plane, 'away');
    await Promise.all(installation.pods.map((pod) => pod.stop('SIGTERM')));
    await plane.restoreEvents(saved);
    const after = await writeAfterwards(installation);
    await installation.pods[0]?.start();
    await expectNoticed(installation, before, after);
    await until('the watch', async () => (await eventRequests(installation)).some(isWatch) || undefined);
    const steps = await eventRequests(installation);
    expect(steps.findIndex(isWatch)).toBeGreaterThan(steps.findIndex(isListed));
    expect(steps.findIndex(isListed)).toBeGreaterThanOrEqual(0);
    await installation.pods[1]?.start();
    await expectGoesOn(installation, before);
  });

  test('under a leader, with the API server restarted, is noticed before the next watch', async () => {
    const { installation, before, saved } = await prepare(plane, 'restarted');
    await plane.stopApiServer('SIGKILL');
    await plane.restoreEvents(saved);
    await plane.startApiServer();
    const after = await writeAfterwards(installation);
    await expectNoticed(installation, before, after);
    await expectGoesOn(installation, before);
  });

  test('under a leader, with the API server left alone, is noticed within one retry period', async () => {
    const { installation, before, saved } = await prepare(plane, 'alone');
    const leader = await installation.leader();
    const beganAt = Date.now();
    await plane.restoreEvents(saved);
    const restoredAt = Date.now();
    const after = await writeAfterwards(installation);
    await expectNoticed(installation, before, after);
    const reads = requestsOf(await plane.requests(), leader.identity).filter(
      ({ verb, resource, code }) => verb === 'list' && resource === 'events' && code === 200,
    );
    const list = reads.findIndex(({ query, receivedAt }) => query.get('limit') === '500' && receivedAt >= beganAt);
    // The first probe after the restore shows the rollback. One before may have waited for the store to come back.
    expect(list).toBeGreaterThan(0);
    expect(reads.slice(list - 1, list).map(isProbe)).toEqual([true]);
    const probes = reads.slice(0, list).filter((entry) => isProbe(entry) && entry.receivedAt >= restoredAt);
    expect(probes.length).toBeLessThanOrEqual(1);
    // Renewals come at the same pace as probes: the rollback is noticed before the third.
    const noticedAt = reads[list - 1]?.receivedAt ?? Number.NaN;
    const renewals = requestsOf(await plane.requests(), leader.identity).filter(
      (entry) => named(entry) === 'update leases' && entry.receivedAt >= restoredAt && entry.receivedAt < noticedAt,
    );
    expect(renewals.length).toBeLessThanOrEqual(2);
    await expectGoesOn(installation, before);
  });
});

/** Two collectors that have delivered what was written before and after a state was saved. */
async function prepare(plane: ControlPlane, namespace: string) {
  const installation = await install(plane, { namespace, settings });
  await installation.addPods(2);
  await installation.listed();
  const before = installation.workload('before');
  await before.burst(100);
  const saved = await plane.saveEvents();
  await before.burst(400);
  expectAccount(await installation.settled([before]), { lost: 0, duplicated: 0 });
  // An outage may outlast the term: then the next one knows only what was stored.
  const newest = newestOf(before);
  await until('the token to be stored', async () => (await installation.storedPosition()) >= newest || undefined);
  return { installation, before, saved };
}

/** Far fewer than would bring the restored store back to the old numbers. */
async function writeAfterwards(installation: Installation): Promise<Workload> {
  const after = installation.workload('after');
  await until('a write that the restored store takes', async () => {
    await after.burst(1);
    return after.written.length > 0 || undefined;
  });
  await after.burst(20);
  return after;
}

async function expectNoticed(installation: Installation, before: Workload, after: Workload): Promise<void> {
  const account = await installation.settled([before, after]);
  expectAccount(account, { lost: 0, superseded: 0, unexpected: 0 });
  await until('the gap record', async () => (await installation.account(before, after)).gaps[0]);
  const { gaps } = await installation.account(before, after);
  expect(gaps.map(({ gap }) => gap)).toMatchObject([{ reason: 'rewound', certain: true }]);
  const newest = newestOf(before);
  expect(BigInt(gaps[0]?.gap.from.resourceVersion ?? 0)).toBeGreaterThanOrEqual(newest);
  expect(BigInt(gaps[0]?.gap.to.resourceVersion ?? 0)).toBeLessThan(newest);
}

function newestOf({ written }: Workload): bigint {
  const versions = written.map(({ resourceVersion }) => BigInt(resourceVersion));
  return versions.reduce((newest, version) => (version > newest ? version : newest), 0n);
}

/** Of the pod's present process. */
async function eventRequests({ plane, pods }: Installation): Promise<readonly AuditEntry[]> {
  const asked = requestsOf(await plane.requests(), pods[0]?.identity ?? '');
  return asked.filter(({ resource }) => resource === 'events');
}

function isListed({ query }: AuditEntry): boolean {
  return query.has('limit');
}

function isWatch({ verb }: AuditEntry): boolean {
  return verb === 'watch';
}

/** In the new history a hand-over sends nothing twice, and a crash loses nothing. */
async function expectGoesOn(installation: Installation, before: Workload): Promise<void> {
  const workload = installation.workload('later');
  const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
  await delay(2_000);
  const first = await installation.leader();
  await first.stop('SIGTERM');
  const second = await installation.leader(first);
  await first.start();
  await delay(2_000);
  const twice = await duplicates(installation, workload);
  promise(() => expect(twice).toBe(0));
  await second.stop('SIGKILL');
  await second.start();
  await delay(2_000);
  await writing.stop();
  const account = await installation.settled([before, workload]);
  expectAccount(account, { lost: 0, superseded: 0, gaps: 1 });
}

async function duplicates(installation: Installation, workload: Workload): Promise<number> {
  const names = new Set(workload.written.map(({ name }) => name));
  const isLater = (record: SinkRecord) => 'event' in record && names.has(record.event.name);
  const ids = (await installation.deliveries()).filter(isLater).map(({ id }) => id);
  return ids.length - new Set(ids).size;
}
