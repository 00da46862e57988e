import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedControlPlane, startEmbeddedControlPlane } from '../../tools/cluster/embedded/control-plane.ts';
import type { Installation } from '../../tools/trial/installation.ts';
import { until } from '../../tools/trial/until.ts';
import type { Workload } from '../../tools/trial/workload.ts';
import { install, startWorkload } from '../support/real.ts';
import { expectAccount } from '../support/account.ts';

const clean = { lost: 0, superseded: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };
const pace = { perSecond: 50, updateEvery: 5 };

let plane: EmbeddedControlPlane;

beforeAll(async () => {
  plane = await startEmbeddedControlPlane();
});

afterAll(() => plane?.stop());

test('three collectors pass the baton under load, by SIGTERM: nothing is lost and nothing comes twice', async () => {
  const installation = await install(plane, { namespace: 'graceful' });
  await installation.addPods(3);
  await installation.listed();
  const workload = installation.workload();
  const writing = startWorkload(workload, pace);
  for (let round = 0; round < 3; round += 1) {
    await hundredMore(installation, workload);
    const leader = await installation.leader();
    expect(await leader.stop('SIGTERM')).toBe(0);
    await installation.leader(leader);
    await leader.start();
  }
  await hundredMore(installation, workload);
  await writing.stop();

  const account = await installation.settled([workload]);
  expectAccount(account, { ...clean, duplicated: 0, delivered: account.written });
  expect(account.written).toBeGreaterThan(400);
});

test('the process of a leader that is killed takes over from itself: nothing is lost', async () => {
  const installation = await install(plane, { namespace: 'killed' });
  await installation.addPods(3);
  await installation.listed();
  const workload = installation.workload();
  const writing = startWorkload(workload, pace);
  for (let round = 0; round < 2; round += 1) {
    await hundredMore(installation, workload);
    const leader = await installation.leader();
    await leader.stop('SIGKILL');
    await leader.start();
    expect(await installation.leader(undefined, 20_000)).toBe(leader);
  }
  await hundredMore(installation, workload);
  await writing.stop();
  expectAccount(await installation.settled([workload]), clean);
});

/** Waits until a hundred more were written and delivered than there are now. */
async function hundredMore(installation: Installation, workload: Workload): Promise<void> {
  const wanted = workload.written.length + 100;
  await until('a hundred more', async () => (await installation.account(workload)).delivered >= wanted || undefined, {
    everyMs: 100,
  });
}
