import { afterAll, beforeAll, expect, test } from 'vitest';
import { collectorManifests } from '../../src/manifests.ts';
import type { ManifestObject } from '../../tools/cluster/admin-client.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { settleAccount } from '../../tools/trial/account.ts';
import type { Installation } from '../../tools/trial/installation.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { settle } from '../../tools/trial/settling.ts';
import { until } from '../../tools/trial/until.ts';
import { expectAccount, expectResent } from '../support/account.ts';
import { promise } from '../support/promise.ts';
import { describeReal, install, startWorkload } from '../support/real.ts';
import { delivered, nothingAmiss, said } from './under-load.ts';

const pace = { perSecond: 50, updateEvery: 5 };
const kinds = ['lease', 'configmap', 'endpoints'] as const;
const settings = { leaderLeaseDuration: 12 };

describeReal('locks that do not know of each other', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('collectors with locks of different kinds that start together: one reads, and nothing is lost', async () => {
    const rounds = [
      [0, 1],
      [1, 2],
      [2, 0],
      [0, 1, 2],
    ].map(async (mixed, round) => {
      const installation = await install(plane, { namespace: `mixed-${round}`, settings });
      await allowAllKinds(installation);
      const workload = installation.workload();
      const writing = startWorkload(workload, { perSecond: 10, updateEvery: 5 });
      await Promise.all(
        mixed.map((kind) => installation.addPod({ DD_LEADER_ELECTION_DEFAULT_RESOURCE: kinds[kind] ?? '' })),
      );
      await installation.listed();
      const { length } = workload.written;
      await until('150 more writes', () => workload.written.length > length + 150 || undefined);
      await writing.stop();
      const account = await installation.settled([workload]);
      // Who had to yield while it read the first list leaves that to the next one.
      expectAccount(account, {
        ...nothingAmiss,
        duplicated: account.duplicated.length,
        superseded: account.superseded.length,
      });
      promise(() => expect(collecting(installation)).toHaveLength(1));
    });
    await Promise.all(rounds);
  });

  test('a rolling change of the kind of lock loses nothing, though the roles change first and the old leader cannot release', async () => {
    const installation = await install(plane, { namespace: 'changed-kind', settings });
    await installation.addPods(2);
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, pace);
    await delivered(installation, workload, 50);
    const old = [...installation.pods];
    const changed = { ...installation.props.settings, leaderElectionDefaultResource: 'configmap' as const };
    await installation.applyObjects(
      collectorManifests({ ...installation.props, settings: changed }) as readonly ManifestObject[],
    );
    const excusable = new Set<string>();
    for (const pod of old) {
      await installation.addPod({ DD_LEADER_ELECTION_DEFAULT_RESOURCE: 'configmap' });
      for (const id of await installation.idsBeyondToken()) excusable.add(id);
      await pod.stop('SIGTERM');
    }
    const [, , next] = installation.pods;
    await until('a claim in the name of the new lock', async () => {
      const annotations = (await installation.tokenConfigMap())?.metadata.annotations ?? {};
      return annotations['eventbaton.io/claim-lock'] === 'configmaps/datadog-leader-election' || undefined;
    });
    expect(next?.isRunning).toBe(true);
    const { length } = workload.written;
    await until('more writes', () => workload.written.length > length + 100 || undefined);
    await writing.stop();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, duplicated: account.duplicated.length });
    expectResent(account, excusable);
  });

  test('two releases that share a token: the second reads nothing and names both locks, until the first ends', async () => {
    const first = await install(plane, { namespace: 'shared-token', settings });
    await first.addPod();
    await first.listed();
    const workload = first.workload();
    const writing = startWorkload(workload, pace);
    await delivered(first, workload, 50);
    const second = await install(plane, {
      namespace: 'shared-token',
      settings: { ...settings, leaderLeaseName: 'second-lock' },
      props: { name: 'second', serviceAccount: { create: false, name: 'eventbaton' } },
    });
    const late = await second.addPod();
    const line = await said(late, 'leading, but not collecting');
    expect(line.message).toMatch(/claimed by collector-0_.*leases\/datadog-leader-election.*leases\/second-lock/);
    expect(JSON.parse(await late.page('/status'))).toMatchObject({
      heldBackBy: expect.stringContaining('second-lock'),
    });
    expect(await late.metric('eventbaton_leader_held_back')).toBe(1);
    const { length } = workload.written;
    await until('300 more writes', () => workload.written.length > length + 300 || undefined);
    promise(() => expect(late.output).toEqual([]));
    const [pod] = first.pods;
    expect(await pod?.stop('SIGTERM')).toBe(0);
    await until('deliveries by the second', () => late.output.length > 50 || undefined);
    await writing.stop();
    const together = async () =>
      settleAccount(workload.written, [...(await first.deliveries()), ...(await second.deliveries())]);
    const account = await settle(together);
    expectAccount(account, nothingAmiss);
    expectResent(account, []);
  });
});

/** Pods that have claimed the token, and have not lost their lead since. */
function collecting({ pods }: Installation): readonly Pod[] {
  return pods.filter(({ log }) => {
    const last = log.findLast(({ message }) =>
      /^(token claimed|no longer leading|handed over|leading, but not)/.test(message),
    );
    return last?.message === 'token claimed';
  });
}

/** As while a release changes: every pod may use every kind of lock. */
async function allowAllKinds({ plane, namespace }: Installation): Promise<void> {
  const name = 'all-kinds-of-locks';
  const rules = [
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'watch', 'create', 'update'] },
    { apiGroups: [''], resources: ['configmaps', 'endpoints'], verbs: ['get', 'watch', 'create', 'update'] },
  ];
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  await plane.admin.apply({ apiVersion, kind: 'Role', metadata: { namespace, name }, rules } as ManifestObject);
  await plane.admin.apply({
    apiVersion,
    kind: 'RoleBinding',
    metadata: { namespace, name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name: 'eventbaton', namespace }],
  } as ManifestObject);
}
