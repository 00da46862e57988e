import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { describeReal, install, startWorkload } from '../support/real.ts';
import { expectAccount } from '../support/account.ts';

describeReal('an API server that is killed and comes back', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('costs nothing: the position is kept, nothing is listed, nothing comes twice', async () => {
    const installation = await install(plane, { namespace: 'outage' });
    await installation.addPods(3);
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
    for (let round = 0; round < 2; round += 1) {
      await delay(3_000);
      await plane.stopApiServer('SIGKILL');
      await delay(4_000);
      await plane.startApiServer();
    }
    await delay(3_000);
    await writing.stop();

    const account = await installation.settled([workload]);
    expectAccount(account, {
      lost: 0,
      superseded: 0,
      duplicated: 0,
      outOfOrder: 0,
      unexpected: 0,
      gaps: 0,
    });
    // A list of one item asks whether a position can be read.
    const lists = (await plane.requests()).filter(
      ({ user, query }) => user.endsWith(':eventbaton') && query.has('limit') && query.get('limit') !== '1',
    );
    expect(lists).toHaveLength(1); // of the first start
  });
});
