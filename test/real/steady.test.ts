import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessRules } from '../../runtime/src/contract/access.ts';
import { defaultLockName, defaultTokenName } from '../../runtime/src/contract/names.ts';
import type { AuditEntry } from '../../tools/cluster/audit-log.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { describeReal, install, isProbe, named, requestsOf, startWorkload } from '../support/real.ts';
import { expectAccount } from '../support/account.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { until } from '../../tools/trial/until.ts';

const leaseSeconds = 16;
const retrySeconds = leaseSeconds / 4;
const checkpointSeconds = 5;
const observedSeconds = 40;

describeReal('in steady state under load', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('the leader renews, writes the token, probes and looks at other locks; nobody lists or polls; the roles suffice', async () => {
    const installation = await install(plane, {
      namespace: 'steady',
      settings: { leaderLeaseDuration: leaseSeconds, checkpointInterval: checkpointSeconds },
    });
    await installation.addPods(3);
    const workload = installation.workload();
    const writing = startWorkload(workload, { perSecond: 50, updateEvery: 5 });
    const leader = await installation.leader();
    await until('the watch of each', async () => {
      const audit = await plane.requests();
      const isWatching = (pod: Pod) => {
        const watch = pod === leader ? 'watch events' : 'watch leases';
        return requestsOf(audit, pod.identity).some((entry) => named(entry) === watch && entry.code === 200);
      };
      return installation.pods.every(isWatching) || undefined;
    });
    const from = Date.now();
    await delay(observedSeconds * 1_000);
    const to = Date.now();
    await writing.stop();
    expectAccount(await installation.settled([workload]), { lost: 0, duplicated: 0 });

    const audit = await plane.requests();
    const observed = (identity: string) =>
      requestsOf(audit, identity).filter(({ receivedAt }) => receivedAt >= from && receivedAt < to);
    const counts = Map.groupBy(observed(leader.identity), named);
    expect([...counts.keys()].sort()).toEqual([
      'get configmaps',
      'get endpoints',
      'list events',
      'update configmaps',
      'update leases',
    ]);
    expect(counts.get('list events')?.every(isProbe)).toBe(true);
    const seconds = (to - from) / 1_000;
    const renewals = seconds / retrySeconds;
    // The GETs are looks at the locks of other kinds.
    for (const request of ['update leases', 'list events', 'get configmaps', 'get endpoints'])
      expect(Math.abs((counts.get(request)?.length ?? 0) - renewals), request).toBeLessThanOrEqual(1);
    expect(counts.get('update configmaps')?.length).toBeLessThanOrEqual(Math.floor(seconds / checkpointSeconds) + 1);
    for (const pod of installation.pods.filter((other) => other !== leader))
      expect(observed(pod.identity).map(named)).toEqual([]);

    // The audit log tells the collectors apart, and holds nobody else's name in their place.
    const clients = new Set(audit.filter(({ user }) => user.endsWith(':eventbaton')).map(({ userAgent }) => userAgent));
    expect([...clients].sort()).toEqual(
      installation.pods.map(({ identity }) => `eventbaton/0.1.0 (${identity})`).sort(),
    );
    await leader.stop('SIGTERM');
    await installation.leader(leader);
    await expectRulesUsed(plane);
  });
});

/** Both ways: what was asked is granted, and what is granted was asked. */
async function expectRulesUsed(plane: ControlPlane): Promise<void> {
  const asked = (await plane.requests()).filter(
    ({ user, stage }) => user === 'system:serviceaccount:steady:eventbaton' && stage !== 'Panic',
  );
  expect(asked.filter(({ code }) => code === 401 || code === 403)).toEqual([]);
  const rules = accessRules({
    lockResource: 'leases',
    lockName: defaultLockName,
    tokenName: defaultTokenName,
    createToken: false,
  });
  const granted = rules.flatMap(({ verbs, resource, resourceName }) =>
    verbs.map((verb) => [verb, resource, resourceName].filter(Boolean).join(' ')),
  );
  expect([...new Set(asked.map(withName))].sort()).toEqual(granted.sort());
}

/** As the rules have it: what is created, and Events, are of any name. */
function withName(entry: AuditEntry): string {
  const isNamed = entry.verb !== 'create' && entry.resource !== 'events';
  return isNamed ? `${named(entry)} ${entry.name}` : named(entry);
}
