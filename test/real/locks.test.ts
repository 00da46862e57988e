import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockResourceOf } from '../../runtime/src/contract/lock-resource.ts';
import { defaultLockName, leaderAnnotation } from '../../runtime/src/contract/names.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import type { Installation } from '../../tools/trial/installation.ts';
import { type LockObject, lockCollection } from '../../tools/trial/lock.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { until } from '../../tools/trial/until.ts';
import { describeReal, install, named, requestsOf, startWorkload, tell } from '../support/real.ts';
import { expectAccount, expectResent } from '../support/account.ts';
import { promise } from '../support/promise.ts';

const clean = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };
const pace = { perSecond: 50, updateEvery: 5 };
const leaseSeconds = 12;
const foreigner = 'agent-7d9f8';

describeReal('on a real API server', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  describe.each(['configmap', 'endpoints'] as const)('a lock of kind %s', (kind) => {
    const settings = { leaderElectionDefaultResource: kind, leaderLeaseDuration: leaseSeconds };

    test('that client-go wrote is honoured until it runs out; ours has its very form, and keeps what others have put there', async () => {
      const installation = await install(plane, { namespace: `honoured-${kind}`, settings });
      await writeAsClientGo(installation, { renewTime: wholeSeconds(0) }, kind);
      await installation.addPods(2);
      for (const second of [1, 2, 3]) {
        await delay(1_000);
        await writeAsClientGo(installation, { renewTime: wholeSeconds(second) }, kind);
      }
      const leader = await installation.leader();
      const [foreign, ours] = await writesOf(installation, leader);
      tell('last renewal of the other to our takeover, with a lease of 12 s', ours - foreign);
      promise(() => expect(ours - foreign).toBeGreaterThanOrEqual(leaseSeconds * 1_000));

      const identity = `"${leader.identity}"`;
      const taken = await expectClientGoForm(installation, `${identity},"leaseDurationSeconds":${leaseSeconds}`, 4);
      const renewed = await until('a renewal', async () => {
        const object = await lockObject(installation);
        return object.metadata.resourceVersion === taken.metadata.resourceVersion ? undefined : object;
      });
      expect(recordOf(renewed)).not.toBe(recordOf(taken));
      await expectClientGoForm(installation, `${identity},"leaseDurationSeconds":${leaseSeconds}`, 4);
      for (const pod of installation.pods.filter((other) => other !== leader)) await pod.stop('SIGTERM');
      expect(await leader.stop('SIGTERM')).toBe(0);
      await expectClientGoForm(installation, '"","leaseDurationSeconds":1', 4);
      expect(foreignPartsOf(await lockObject(installation))).toEqual(foreignPartsOf(clientGoObject(kind, '')));
    });

    test('passes between three collectors by SIGTERM and kill -9: nothing is lost, and in order nothing is doubled', async () => {
      const installation = await install(plane, {
        namespace: `passed-${kind}`,
        settings: { ...settings, leaderLeaseDuration: 20 },
      });
      await installation.addPods(3);
      await installation.listed();
      const workload = installation.workload();
      const writing = startWorkload(workload, pace);
      for (let round = 0; round < 2; round += 1) {
        await delay(2_000);
        const leader = await installation.leader();
        expect(await leader.stop('SIGTERM')).toBe(0);
        await installation.leader(leader);
        await leader.start();
      }
      expectAccount(await installation.account(workload), { duplicated: 0 });

      const excusable = new Set<string>();
      const kill = async (pod: Pod) => {
        await pod.stop('SIGKILL');
        for (const id of await installation.idsBeyondToken()) excusable.add(id);
      };
      await delay(2_000);
      const restarted = await installation.leader();
      await kill(restarted);
      await restarted.start();
      expect(await installation.leader(undefined, 14_000)).toBe(restarted);
      await delay(2_000);
      await kill(restarted);
      await installation.leader(restarted);
      await delay(1_000);
      await writing.stop();

      const account = await installation.settled([workload]);
      const { duplicated, written } = account;
      expectAccount(account, { ...clean, duplicated: duplicated.length, written, delivered: written });
      expectResent(account, excusable);
      expectWarnings(installation, kind === 'endpoints' ? 1 : 0);
    });
  });

  test('Endpoints as a lock are kept out of EndpointSlices, and have no addresses', async () => {
    const settings = { leaderElectionDefaultResource: 'endpoints' as const };
    const installation = await install(plane, { namespace: 'mirrored', settings });
    await installation.addPod();
    await installation.leader();
    const lock = await lockObject(installation);
    expect(lock.metadata.labels).toEqual({ 'endpointslice.kubernetes.io/skip-mirror': 'true' });
    expect(lock).not.toHaveProperty('subsets');
  });

  test.each(['lease', 'configmap', 'endpoints'] as const)(
    'a lock that is deleted during a term is made anew with the next number, never by the one that wrote it last: %s',
    async (kind) => {
      const settings = { leaderElectionDefaultResource: kind, leaderLeaseDuration: leaseSeconds };
      const installation = await install(plane, { namespace: `deleted-${kind}`, settings });
      await installation.addPods(2);
      await installation.listed();
      const workload = installation.workload();
      const writing = startWorkload(workload, pace);
      const leader = await installation.leader();
      const { transitions, object } = (await installation.lock()) ?? { transitions: 0 };
      await delay(2_000);
      await plane.admin.expect('DELETE', installation.lockPath);
      const next = await until('the next lock', () => installation.lock());
      expect(next.object.metadata.uid).not.toBe(object?.metadata.uid);
      expect(next.transitions).toBe(transitions + 1);
      const { identity } = await installation.leader();
      await delay(1_000);
      await writing.stop();

      const resource = lockResourceOf(kind);
      const asked = await plane.requests();
      const writesBy = (each: string) =>
        requestsOf(asked, each)
          .filter((entry) => ['update', 'create'].includes(entry.verb) && entry.resource === resource)
          .filter(({ name }) => name === defaultLockName || name === '');
      const created = writesBy(identity).findLast(
        (entry) => named(entry) === `create ${resource}` && entry.code === 201,
      );
      const before = writesBy(leader.identity).filter(({ receivedAt }) => receivedAt < (created?.receivedAt ?? 0));
      expect(before.findLast(({ verb }) => verb === 'update')?.code).toBe(kind === 'configmap' ? 404 : 409);
      expectAccount(await installation.settled([workload]), {
        ...clean,
        duplicated: expect.any(Number),
      });
    },
  );

  test('an Agent that leads by its ConfigMap is left to lead, and named; after its lease ours is taken, and the next hand-over waits for nobody', async () => {
    const settings = { leaderLeaseDuration: 30 };
    const installation = await install(plane, { namespace: 'beside-an-agent', settings });
    await writeAsClientGo(installation, { renewTime: wholeSeconds(0) }, 'configmap');
    await installation.addPods(2);
    for (const second of [1, 2, 3]) {
      await delay(1_000);
      await writeAsClientGo(installation, { renewTime: wholeSeconds(second) }, 'configmap');
      const ours = await installation.lock();
      promise(() => expect(ours, 'a lock of ours next to an Agent that leads').toBeUndefined());
    }
    const leader = await installation.leader();
    for (const { log } of installation.pods) expect(holdersNamed(log)).toEqual([foreigner]);
    const [foreign, ours] = await writesOf(installation, leader);
    promise(() => expect(ours - foreign).toBeGreaterThanOrEqual(leaseSeconds * 1_000));

    const next = await installation.addPod();
    for (const pod of installation.pods.filter((other) => other !== leader && other !== next)) await pod.stop();
    await leader.stop('SIGTERM');
    expect(await installation.leader(leader, 10_000)).toBe(next);
    expect(holdersNamed(next.log)).toEqual([]);
    expectWarnings(installation, 0);
  });

  test('election without collection: somebody leads, hands over, and nobody reads Events or a token', async () => {
    const installation = await install(plane, { namespace: 'election-alone' });
    await installation.addPods(2, { DD_COLLECT_KUBERNETES_EVENTS: 'false', DD_LEADER_ELECTION: 'true' });
    const leader = await installation.leader();
    expect(await leader.stop('SIGTERM')).toBe(0);
    await installation.leader(leader);
    const user = 'system:serviceaccount:election-alone:eventbaton';
    const asked = (await plane.requests()).filter((entry) => entry.user === user);
    expect(asked.filter(({ resource }) => resource === 'events')).toEqual([]);
    expect(new Set(asked.map(({ name }) => name).filter((name) => name !== ''))).toEqual(new Set([defaultLockName]));
  });

  test('a kind of lock that the roles do not grant is refused with the missing rules and the setting that wants it', async () => {
    const installation = await install(plane, { namespace: 'other-kind' });
    const pod = await installation.addPod({ DD_LEADER_ELECTION_DEFAULT_RESOURCE: 'configmap' });
    const refused = await until('the refusal', () =>
      pod.log.find(({ message }) => message === 'lock not read or written'),
    );
    expect(refused).toMatchObject({
      error: { hint: expect.stringContaining('allow `create` on `configmaps` (apiGroup "") in a Role') },
      setting: expect.stringContaining('DD_LEADER_ELECTION_DEFAULT_RESOURCE'),
    });
    expect(pod.log.find(({ message }) => message.includes('may not be watched'))).toMatchObject({
      error: {
        hint: expect.stringContaining(
          'allow `watch` on `configmaps` (apiGroup "", resourceName "datadog-leader-election")',
        ),
      },
    });
  });
});

type AnnotatedKind = 'configmap' | 'endpoints';

/** What an Agent's lock looks like, with things of others in it. */
function clientGoObject(kind: AnnotatedKind, record: string) {
  const metadata = {
    name: defaultLockName,
    labels: { app: 'datadog' },
    annotations: { [leaderAnnotation]: record, 'argocd.argoproj.io/tracking-id': 'monitoring' },
  };
  return kind === 'configmap'
    ? { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'their.key': 'kept' } }
    : { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: [{ addresses: [{ ip: '10.1.2.3' }] }] };
}

async function writeAsClientGo(
  { plane, namespace }: Installation,
  { renewTime }: { readonly renewTime: string },
  kind: AnnotatedKind,
): Promise<void> {
  const record = `{"holderIdentity":"${foreigner}","leaseDurationSeconds":${leaseSeconds},"acquireTime":"${wholeSeconds(0)}","renewTime":"${renewTime}","leaderTransitions":3,"strategy":"","preferredHolder":""}`;
  const collection = lockCollection(lockResourceOf(kind), namespace);
  const object = clientGoObject(kind, record);
  const { status } = await plane.admin.send('POST', collection, object);
  if (status === 409) await plane.admin.expect('PUT', `${collection}/${defaultLockName}`, object);
}

function wholeSeconds(second: number): string {
  return `2026-01-01T00:00:0${second}Z`;
}

async function lockObject({ plane, lockPath }: Installation): Promise<LockObject> {
  return plane.admin.expect<LockObject>('GET', lockPath);
}

function recordOf({ metadata }: LockObject): string | undefined {
  return metadata.annotations?.[leaderAnnotation];
}

async function expectClientGoForm(
  installation: Installation,
  holderAndDuration: string,
  transitions: number,
): Promise<LockObject> {
  const object = await lockObject(installation);
  const time = '"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"';
  expect(recordOf(object)).toMatch(
    new RegExp(
      `^\\{"holderIdentity":${holderAndDuration},"acquireTime":${time},"renewTime":${time},"leaderTransitions":${transitions},"strategy":"","preferredHolder":""\\}$`,
    ),
  );
  return object;
}

/** Everything but the record, what the API server keeps, and our annotations. */
function foreignPartsOf(object: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } }) {
  const { annotations = {}, ...metadata } = object.metadata as LockObject['metadata'] & { name: string };
  const foreign = Object.entries(annotations).filter(
    ([name]) => name !== leaderAnnotation && !name.startsWith('eventbaton.io/'),
  );
  const { data, subsets } = object as { data?: unknown; subsets?: unknown };
  return { name: metadata.name, labels: metadata.labels, annotations: Object.fromEntries(foreign), data, subsets };
}

/** When the other's last renewal was answered, and when the leader's takeover came in, by the API server's clock. */
async function writesOf({ plane, namespace }: Installation, leader: Pod): Promise<readonly [number, number]> {
  return until('the takeover in the log', async () => {
    const all = (await plane.requests()).filter((entry) => entry.namespace === namespace);
    const ofLock = ({ name, verb }: (typeof all)[number]) => name === defaultLockName && verb === 'update';
    const foreign = all.findLast((entry) => entry.user === 'admin' && ofLock(entry));
    const ours = requestsOf(all, leader.identity).find(
      ({ verb, resource }) =>
        ['update', 'create'].includes(verb) && ['leases', 'configmaps', 'endpoints'].includes(resource),
    );
    return foreign && ours ? [foreign.stageAt, ours.receivedAt] : undefined;
  });
}

function holdersNamed(log: Pod['log']): readonly unknown[] {
  return log
    .filter(({ message }) => message.startsWith('somebody leads by a lock of another kind'))
    .map((line) => line['holder']);
}

/** Of each process: a deprecated kind that it uses is told once. */
function expectWarnings({ pods }: Installation, each: number): void {
  for (const { log } of pods) {
    const processes = log.filter(({ message }) => message === 'started').length;
    expect(log.filter(({ message }) => message === 'the API server warns')).toHaveLength(each * processes);
  }
}
