import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLockName } from '../../runtime/src/contract/names.ts';
import { collectionPath } from '../../tools/cluster/admin-client.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import type { FaultProxy } from '../../tools/faults/fault-proxy.ts';
import type { Installation } from '../../tools/trial/installation.ts';
import { until } from '../../tools/trial/until.ts';
import { expectAccount, expectResent } from '../support/account.ts';
import { describeReal, install, startWorkload } from '../support/real.ts';
import {
  asked,
  delivered,
  eventList,
  eventWatch,
  nothingAmiss,
  oneLeader,
  onlyPod,
  proxyBefore,
  said,
  transitions,
  underLoad,
} from './under-load.ts';

const pace = { perSecond: 50, updateEvery: 5 };

describeReal('without a right, a valid token or an API server', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('a role that is taken away is named to the letter, costs the term, and once it is back all goes on', async () => {
    const { installation, workload, stopWriting } = await underLoad(plane, 'revoked', 2, { leaderLeaseDuration: 15 });
    const old = await installation.leader();
    const bindings = installation.manifests.filter(({ kind }) => kind === 'RoleBinding');
    expect(bindings).not.toEqual([]);
    for (const binding of bindings)
      await plane.admin.expect('DELETE', `${collectionPath(binding)}/${binding.metadata.name}`);
    const line = JSON.stringify(await said(old, 'lease not renewed'));
    expect(line).toContain('403 Forbidden');
    expect(line).toContain(
      `allow \`update\` on \`leases\` (apiGroup \\"coordination.k8s.io\\", resourceName \\"${defaultLockName}\\") in a Role in namespace \\"revoked\\"`,
    );
    await said(old, 'no longer leading');
    const excusable = await installation.idsBeyondToken();
    expect(await old.metric('leader_election_master_status')).toBe(0);
    expect(await old.metric('rest_client_requests_total', 'code="403"')).toBeGreaterThan(0);
    for (const binding of bindings) await plane.admin.apply(binding);
    await oneLeader(installation);
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, duplicated: account.duplicated.length });
    expectResent(account, excusable);
  });

  test('a cluster role that is taken away is missed when the watch ends, told, and nothing is lost once it is back', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad(plane, 'revoked-events', 1);
    const listsBefore = asked(proxies[0], eventList).length;
    const bindings = await takeEventsAway(installation, proxies[0]);
    const line = JSON.stringify(await said(onlyPod(installation), 'position of the API server not read'));
    expect(line).toContain('403 Forbidden');
    expect(line).toContain('allow `list` on `events` (apiGroup \\"\\")');
    for (const binding of bindings) await plane.admin.apply(binding);
    await stopWriting();
    expectAccount(await installation.settled([workload]), nothingAmiss);
    expect(asked(proxies[0], eventList).length).toBe(listsBefore);
  });

  test('a cluster role that is taken away is named as a cluster role', async () => {
    const { installation, proxies } = await underLoad(plane, 'revoked-named', 1);
    await takeEventsAway(installation, proxies[0]);
    const line = JSON.stringify(await said(onlyPod(installation), 'position of the API server not read'));
    expect(line).toContain('in a ClusterRole');
  });

  test('a token that is rotated while the old one dies costs a 401 and no term', async () => {
    const { installation, workload, stopWriting } = await underLoad(plane, 'rotated', 1);
    const pod = onlyPod(installation);
    const term = await transitions(installation);
    const account = installation.manifests.find(({ kind }) => kind === 'ServiceAccount');
    if (account === undefined) throw new Error('the manifests bring no ServiceAccount');
    const path = collectionPath(account);
    // Tokens are bound to the uid of their account, and the server remembers a good one for 10 s.
    await plane.admin.expect('DELETE', `${path}/${account.metadata.name}`);
    await plane.admin.expect('POST', path, account);
    await installation.rotateToken(pod);
    await until('the 401', async () => (await pod.metric('rest_client_requests_total', 'code="401"')) || undefined);
    const renewedBefore = await pod.metric('eventbaton_renewals_total', 'success');
    await until(
      'a renewal after it',
      async () => (await pod.metric('eventbaton_renewals_total', 'success')) > renewedBefore || undefined,
    );
    await stopWriting();
    expectAccount(await installation.settled([workload]), nothingAmiss);
    expect(await transitions(installation)).toBe(term);
    expect(await installation.leader()).toBe(pod);
  });

  test('an API server that is absent at the start is waited for, and said to be', async () => {
    const installation = await install(plane, { namespace: 'absent', settings: { leaderLeaseDuration: 12 } });
    const proxy = await proxyBefore(plane);
    const fault = proxy.inject({ kind: 'refuse' });
    const pod = await installation.addPod({}, { through: proxy });
    const { pid } = pod;
    const workload = installation.workload();
    const writing = startWorkload(workload, pace);
    expect(JSON.stringify(await said(pod, 'lock not read or written'))).toContain('ECONNREFUSED');
    expect(await pod.page('/livez')).toContain('alive');
    await fault.heal();
    expect(await installation.leader()).toBe(pod);
    await delivered(installation, workload, 50);
    await writing.stop();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, superseded: account.superseded.length });
    expect(pod.pid).toBe(pid);
  });
});

/** The right to read Events, and the watch that has it still. @returns what gives it back */
async function takeEventsAway({ manifests, plane }: Installation, proxy: FaultProxy | undefined) {
  const bindings = manifests.filter(({ kind }) => kind === 'ClusterRoleBinding');
  expect(bindings).not.toEqual([]);
  for (const binding of bindings)
    await plane.admin.expect('DELETE', `${collectionPath(binding)}/${binding.metadata.name}`);
  proxy?.inject({ kind: 'reset' }, { ...eventWatch, times: 1 });
  return bindings;
}
