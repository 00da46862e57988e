import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { EventRecord } from '../../runtime/src/contract/event-record.ts';
import { defaultLockName } from '../../runtime/src/contract/names.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { collectionPath } from '../../tools/cluster/admin-client.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { type FaultProxy, startFaultProxy } from '../../tools/faults/fault-proxy.ts';
import type { LoggedRequest } from '../../tools/faults/request-log.ts';
import { matches, type Scope } from '../../tools/faults/scope.ts';
import { idOf } from '../../tools/trial/account.ts';
import { parseRecord } from '../../tools/trial/deliveries.ts';
import type { Installation, InstallationOptions } from '../../tools/trial/installation.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { until } from '../../tools/trial/until.ts';
import type { Workload } from '../../tools/trial/workload.ts';
import { describeReal, install, startWorkload } from '../support/real.ts';
import { expectAccount, expectResent } from '../support/account.ts';
import { promise } from '../support/promise.ts';

const pace = { perSecond: 50, updateEvery: 5 };
const nothingAmiss = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };

const eventWatch: Scope = { path: /\/events$/, query: /watch=true/ };
/** Whole lists; a probe has a field selector instead. */
const eventList: Scope = { path: /\/events$/, query: /limit=/ };
const lockWrite: Scope = { method: 'PUT', path: /\/leases\// };
const tokenWrite: Scope = { method: 'PUT', path: /\/configmaps\// };

describeReal('with a fault between collectors and API server', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test.each([
    { what: 'everything', namespace: 'partition', scope: {} },
    { what: 'its renewals, while its watch goes on', namespace: 'renewals', scope: lockWrite },
  ])(
    'a leader cut off from $what stops before another leads, and sends nothing after its term: nothing is lost',
    async ({ namespace, scope }) => {
      const { installation, workload, proxyOf, stopWriting } = await underLoad(namespace, 2, {
        leaderLeaseDuration: 9,
      });
      const old = await installation.leader();
      const term = await transitions(installation);
      const fault = proxyOf(old).inject({ kind: 'blackhole' }, scope);
      const over = await said(old, 'no longer leading');
      const excusable = await undecided(installation);
      await workload.answered();
      const writtenBefore = new Set(workload.written.map(idOf));
      const next = await installation.leader(old);
      await until('deliveries by the next leader', () => next.output.length > 50 || undefined);
      expect(await transitions(installation)).toBe(term + 1);
      await fault.heal();
      await until(
        'the old leader to follow',
        async () => (await old.page('/status')).includes(`"holder": "${next.identity}"`) || undefined,
      );
      await stopWriting();

      const account = await installation.settled([workload]);
      expectAccount(account, { ...nothingAmiss, duplicated: account.duplicated.length });
      expectResent(account, excusable);
      const ofWorkload = new Set(workload.written.map(idOf));
      expect(idsOf(old).filter((id) => ofWorkload.has(id) && !writtenBefore.has(id))).toEqual([]);
      expect(old.output.at(-1)?.at).toBeLessThan(next.output[0]?.at ?? 0);
      expect(over.at).toBeLessThan(next.output[0]?.at ?? 0);
      expect(await installation.leader()).toBe(next);
    },
  );

  test('a renewal that is applied and never answered costs neither term nor Event', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad('lost-renewal', 1);
    const term = await transitions(installation);
    const fault = proxies[0]?.inject({ kind: 'lose answer' }, { ...lockWrite, times: 2 });
    await until('a renewal after the lost ones', () =>
      fault?.hits === 2
        ? asked(proxies[0], lockWrite).findLast(({ faults, end }) => faults.length === 0 && end === 'answered')
        : undefined,
    );
    await stopWriting();
    expect(await transitions(installation)).toBe(term);
    expect(saidLines(installation, 'no longer leading')).toEqual([]);
    expectAccount(await installation.settled([workload]), nothingAmiss);
  });

  test('a takeover that is applied and never answered is one transition, and the winner leads at once', async () => {
    const { installation, workload, proxyOf, stopWriting } = await underLoad('lost-takeover', 2);
    const old = await installation.leader();
    const [other] = installation.pods.filter((pod) => pod !== old);
    const term = await transitions(installation);
    const fault = other && proxyOf(other).inject({ kind: 'lose answer' }, { ...lockWrite, times: 1 });
    expect(await old.stop('SIGTERM')).toBe(0);
    const next = await installation.leader(old);
    await until('deliveries by the next leader', () => next.output.length > 50 || undefined);
    await stopWriting();
    expect(fault?.hits).toBe(1);
    expect(await transitions(installation)).toBe(term + 1);
    expectAccount(await installation.settled([workload]), nothingAmiss);
  });

  test.each([
    { how: 'hang', namespace: 'token-hangs' },
    { how: 'reset', namespace: 'token-reset' },
  ] as const)(
    'a token write that is applied and never answered ($how) is known for our own: nothing comes twice',
    async ({ how, namespace }) => {
      const { installation, workload, proxies, stopWriting } = await underLoad(namespace, 2, { checkpointInterval: 1 });
      const faults = proxies.map((proxy) =>
        proxy.inject({ kind: 'lose answer', client: how }, { ...tokenWrite, times: 1 }),
      );
      const position = await until('the lost write', async () =>
        faults.some(({ hits }) => hits > 0) ? installation.storedPosition() : undefined,
      );
      await until('a later one', async () => (await tokenKey(installation)) > position || undefined);
      const old = await installation.leader();
      expect(await old.stop('SIGTERM')).toBe(0);
      await installation.leader(old);
      await stopWriting();
      expectAccount(await installation.settled([workload]), nothingAmiss);
      expect(saidLines(installation, 'somebody changed the token')).toEqual([]);
      expect(saidLines(installation, 'no longer leading')).toEqual([]);
    },
  );

  test('writes of a dead leader that arrive after the next claim are refused: neither token nor lock goes back', async () => {
    const settings = { leaderLeaseDuration: 9, checkpointInterval: 1 };
    const { installation, workload, proxyOf, stopWriting } = await underLoad('late', 2, settings);
    const old = await installation.leader();
    const late = [tokenWrite, lockWrite].map((scope) =>
      proxyOf(old).inject({ kind: 'latency', ms: 3_600_000, of: 'request' }, { ...scope, times: 1 }),
    );
    await until('both to be under way', () => late.every(({ hits }) => hits === 1) || undefined);
    await old.stop('SIGKILL');
    const excusable = await undecided(installation);
    const next = await installation.leader(old);
    const claim = await said(next, 'token claimed');
    const position = await until('a token write of the next leader', async () => {
      const key = await tokenKey(installation);
      return key > BigInt(String(claim['position'])) ? key : undefined;
    });
    for (const fault of late) await fault.heal();
    const delayed = proxyOf(old).requests.filter(({ faults }) => faults.includes('latency'));
    await until('their arrival', () => delayed.every(({ serverStatus }) => serverStatus !== undefined) || undefined);
    expect(delayed.map(({ serverStatus }) => serverStatus)).toEqual([409, 409]);
    expect(await tokenKey(installation)).toBeGreaterThanOrEqual(position);
    expect(await installation.leader()).toBe(next);
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, duplicated: account.duplicated.length });
    expectResent(account, excusable);
  });

  test('a watch that fell silent ends by the time that we asked for, and the next one goes on from its position', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad('half-open', 1, { eventTtl: 60 });
    const listsBefore = asked(proxies[0], eventList).length;
    // With this TTL a watch lasts for 5 to 10 s.
    await until('an open watch', () => {
      const last = asked(proxies[0], eventWatch).at(-1);
      return (last !== undefined && last.end === undefined) || undefined;
    });
    const fault = proxies[0]?.inject({ kind: 'blackhole' }, { ...eventWatch, reach: 'open' });
    expect(fault?.hits).toBe(1);
    const { length } = workload.written;
    await until('writes into the silence', () => workload.written.length > length + 100 || undefined);
    await stopWriting();
    expectAccount(await installation.settled([workload]), nothingAmiss);
    expect(await installation.pods[0]?.metric('eventbaton_watch_restarts_total', 'reason="broken"')).toBe(1);
    expect(asked(proxies[0], eventList).length).toBe(listsBefore);
  });

  test('a relist whose first lists fail is tried again until it succeeds: nothing is lost or doubled', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad('relist', 1);
    const [proxy] = proxies;
    const listsBefore = asked(proxy, eventList).length;
    proxy?.inject({ kind: 'reset' }, { ...eventList, times: 2 });
    proxy?.inject({ kind: 'status', code: 500 }, { ...eventList, times: 3 });
    proxy?.inject({ kind: 'cut', afterBytes: 100 }, { ...eventList, times: 4 });
    proxy?.inject({ kind: 'error frame', code: 410 }, { ...eventWatch, times: 1 });
    await until('a list that succeeded', () => saidLines(installation, 'listed').length === 2 || undefined);
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, superseded: account.superseded.length });
    expect(await installation.pods[0]?.metric('eventbaton_relists_total', 'reason="expired"')).toBe(1);
    const lists = asked(proxy, eventList).slice(listsBefore);
    expect(lists.map(({ status, end }) => (end === 'answered' ? status : end)).slice(0, 5)).toEqual([
      'reset',
      'reset',
      500,
      'cut',
      200,
    ]);
  });

  test('a relist that cannot succeed holds up nothing but reading: the lease is kept, and once it can, all arrives', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad('no-list', 1);
    const [proxy] = proxies;
    const term = await transitions(installation);
    const fault = proxy?.inject({ kind: 'status', code: 500 }, eventList);
    proxy?.inject({ kind: 'error frame', code: 410 }, { ...eventWatch, times: 1 });
    await until('four lists in vain', () => (fault?.hits ?? 0) >= 4 || undefined);
    await until('the line that says so', () => saidLines(installation, 'list failed')[0]);
    expect(await installation.pods[0]?.metric('leader_election_master_status')).toBe(1);
    expect((await installation.account(workload)).lost.length).toBeGreaterThan(0);
    await fault?.heal();
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, superseded: account.superseded.length });
    expect(await transitions(installation)).toBe(term);
  });

  test('429 with Retry-After on all that is asked of Events is honoured, and does not touch the renewals', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad('throttled', 1);
    const [proxy] = proxies;
    const term = await transitions(installation);
    const retryAfterMs = 3_000;
    const throttling = { kind: 'status', code: 429, headers: { 'retry-after': String(retryAfterMs / 1_000) } } as const;
    const throttled = proxy?.inject(throttling, { method: 'GET', path: /\/events$/, reach: 'new' });
    proxy?.inject({ kind: 'reset' }, { ...eventWatch, times: 1 });
    await until('three answers of 429', () => (throttled?.hits ?? 0) >= 3 || undefined);
    await throttled?.heal();
    await until('the next watch', () => asked(proxy, eventWatch)[1]);
    await stopWriting();
    expectAccount(await installation.settled([workload]), nothingAmiss);

    const ofEvents = asked(proxy, { path: /\/events$/ });
    const refused = ofEvents.filter(({ status }) => status === 429);
    for (const request of refused) {
      const next = ofEvents[ofEvents.indexOf(request) + 1];
      expect((next?.at ?? Number.POSITIVE_INFINITY) - request.at).toBeGreaterThanOrEqual(retryAfterMs - 5);
    }
    expect(asked(proxy, lockWrite).map(({ status }) => status)).not.toContain(429);
    expect(saidLines(installation, 'lease not renewed')).toEqual([]);
    expect(await transitions(installation)).toBe(term);
  });

  test.each([
    { what: 'malformed', namespace: 'malformed', fault: { kind: 'malformed' } },
    { what: 'garbage', namespace: 'garbage', fault: { kind: 'malformed', line: '\u001b[2Jnot json' } },
    { what: 'cut in the middle', namespace: 'cut', fault: { kind: 'cut' } },
  ] as const)(
    'a frame that is $what three times at one position costs one relist, which is counted: nothing is lost or doubled',
    async ({ namespace, fault }) => {
      const { installation, workload, proxies, stopWriting } = await underLoad(namespace, 1);
      const broken = proxies[0]?.inject(fault, { ...eventWatch, times: 3 });
      await until('the relist', () => saidLines(installation, 'listed').length === 2 || undefined);
      expect(broken?.hits).toBe(3);
      await stopWriting();
      const account = await installation.settled([workload]);
      expectAccount(account, { ...nothingAmiss, superseded: account.superseded.length });
      expect(await installation.pods[0]?.metric('eventbaton_relists_total', 'reason="broken"')).toBe(1);
      expect(await installation.pods[0]?.metric('eventbaton_watch_restarts_total', 'reason="broken"')).toBe(3);
    },
  );

  test('with an API server 200 ms away all arrives once and in order, and the baton passes', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad('far', 2);
    const term = await transitions(installation);
    for (const proxy of proxies) proxy.inject({ kind: 'latency', ms: 200 });
    const { length } = workload.written;
    await until('400 more writes', () => workload.written.length > length + 400 || undefined);
    expect(await transitions(installation)).toBe(term);
    const old = await installation.leader();
    expect(await old.stop('SIGTERM')).toBe(0);
    const next = await installation.leader(old);
    await until('deliveries by the next leader', () => next.output.length > 50 || undefined);
    await stopWriting();
    expectAccount(await installation.settled([workload]), nothingAmiss);
    expect(saidLines(installation, 'lease not renewed')).toEqual([]);
  });

  test('a role that is taken away is named to the letter, costs the term, and once it is back all goes on', async () => {
    const { installation, workload, stopWriting } = await underLoad('revoked', 2, { leaderLeaseDuration: 9 });
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
    const excusable = await undecided(installation);
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
    const { installation, workload, proxies, stopWriting } = await underLoad('revoked-events', 1);
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
    const { installation, proxies } = await underLoad('revoked-named', 1);
    await takeEventsAway(installation, proxies[0]);
    const line = JSON.stringify(await said(onlyPod(installation), 'position of the API server not read'));
    expect(line).toContain('in a ClusterRole');
  });

  test('a token that is rotated while the old one dies costs a 401 and no term', async () => {
    const { installation, workload, stopWriting } = await underLoad('rotated', 1);
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

  test('a lock that is deleted under its leader costs one more term, and nothing is lost', async () => {
    const { installation, workload, stopWriting } = await underLoad('lock-deleted', 2, { leaderLeaseDuration: 9 });
    const old = await installation.leader();
    const term = await transitions(installation);
    await plane.admin.expect('DELETE', lockPath(installation));
    await said(old, 'no longer leading');
    const excusable = await undecided(installation);
    await oneLeader(installation);
    expect(await transitions(installation)).toBe(term + 1);
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, duplicated: account.duplicated.length });
    expectResent(account, excusable);
  });

  test('a lock that somebody labels stays ours, label and term with it', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad('lock-labelled', 1);
    const term = await transitions(installation);
    const patch = { metadata: { labels: { team: 'a' } } };
    await plane.admin.expect('PATCH', lockPath(installation), patch, 'application/merge-patch+json');
    await until('the conflict', () => asked(proxies[0], lockWrite).find(({ status }) => status === 409));
    await until('the renewal after it', () => asked(proxies[0], lockWrite).at(-1)?.status === 200 || undefined);
    await stopWriting();
    const lock = await plane.admin.expect<typeof patch>('GET', lockPath(installation));
    expect(lock.metadata.labels).toMatchObject({ team: 'a' });
    expect(await transitions(installation)).toBe(term);
    expectAccount(await installation.settled([workload]), nothingAmiss);
  });

  test('a lock that names somebody else is obeyed at once, for as long as a lease', async () => {
    const { installation, workload, stopWriting } = await underLoad('lock-stolen', 2, { leaderLeaseDuration: 9 });
    const old = await installation.leader();
    const patch = { spec: { holderIdentity: 'somebody' } };
    await plane.admin.expect('PATCH', lockPath(installation), patch, 'application/merge-patch+json');
    await said(old, 'no longer leading');
    const excusable = await undecided(installation);
    expect((await installation.lease())?.spec.holderIdentity).toBe('somebody');
    await oneLeader(installation);
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, duplicated: account.duplicated.length });
    expectResent(account, excusable);
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

  /** Pods, each behind a proxy of its own, one of which leads and has delivered, with Events being written. */
  async function underLoad(namespace: string, count: number, settings: InstallationOptions['settings'] = {}) {
    const installation = await install(plane, { namespace, settings: { leaderLeaseDuration: 12, ...settings } });
    const proxies = new Map<Pod, FaultProxy>();
    for (let index = 0; index < count; index += 1) {
      const proxy = await proxyBefore(plane);
      proxies.set(await installation.addPod({}, { through: proxy }), proxy);
    }
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, pace);
    await delivered(installation, workload, 100);
    return {
      installation,
      workload,
      proxies: [...proxies.values()],
      proxyOf: (pod: Pod) => proxies.get(pod) as FaultProxy,
      stopWriting: () => writing.stop(),
    };
  }
});

async function proxyBefore(plane: ControlPlane): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ upstream: plane });
  onTestFinished(() => proxy.close());
  return proxy;
}

function onlyPod({ pods: [pod] }: Installation): Pod {
  if (pod === undefined) throw new Error('there is no pod');
  return pod;
}

/** The right to read Events, and the watch that has it still. @returns what gives it back */
async function takeEventsAway({ manifests, plane }: Installation, proxy: FaultProxy | undefined) {
  const bindings = manifests.filter(({ kind }) => kind === 'ClusterRoleBinding');
  expect(bindings).not.toEqual([]);
  for (const binding of bindings)
    await plane.admin.expect('DELETE', `${collectionPath(binding)}/${binding.metadata.name}`);
  proxy?.inject({ kind: 'reset' }, { ...eventWatch, times: 1 });
  return bindings;
}

async function transitions(installation: Installation): Promise<number> {
  return (await installation.lease())?.spec.leaseTransitions ?? 0;
}

function lockPath({ namespace }: Installation): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${defaultLockName}`;
}

async function tokenKey(installation: Installation): Promise<bigint> {
  return BigInt((await installation.tokenConfigMap())?.data?.['event.tokenKey'] ?? 0);
}

/** Waits for a leader. Two pods that say of themselves that they lead are a broken promise. */
async function oneLeader({ pods }: Installation): Promise<void> {
  const leading = await until('a leader', async () => {
    const roles = await Promise.all(pods.map((pod) => pod.metric('leader_election_master_status')));
    const leaders = pods.filter((_, index) => roles[index] === 1).map(({ name }) => name);
    return leaders.length > 0 ? leaders : undefined;
  });
  promise(() => expect(leading).toHaveLength(1));
}

/** The first line of a pod's log with these words, once it is there. */
async function said(pod: Pod, words: string) {
  return until(`"${words}" in the log of ${pod.name}`, () => pod.log.find(({ message }) => message.includes(words)));
}

function saidLines({ pods }: Installation, words: string) {
  return pods.flatMap(({ log }) => log.filter(({ message }) => message.includes(words)));
}

function asked(proxy: FaultProxy | undefined, scope: Scope): readonly LoggedRequest[] {
  return (proxy?.requests ?? []).filter((request) => matches(scope, request));
}

/** Ids that had arrived although no token covers them: what the end of a term without a last write may send again. */
async function undecided(installation: Installation): Promise<ReadonlySet<string>> {
  const position = await installation.storedPosition();
  const ids = (await installation.deliveries())
    .filter((record): record is EventRecord => 'event' in record)
    .filter(({ event }) => BigInt(event.resourceVersion) > position)
    .map(({ id }) => id);
  return new Set(ids);
}

function idsOf({ output }: Pod): readonly string[] {
  return output.flatMap(({ text }) => parseRecord(text)?.id ?? []);
}

async function delivered(installation: Installation, workload: Workload, count: number): Promise<void> {
  await until('deliveries', async () => (await installation.account(workload)).delivered > count || undefined);
}
