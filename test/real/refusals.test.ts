import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessRules, type AccessRule, missingRule } from '../../runtime/src/contract/access.ts';
import { defaultLockName, defaultTokenName } from '../../runtime/src/contract/names.ts';
import { collectionPath, type ManifestObject } from '../../tools/cluster/admin-client.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { freePort } from '../../tools/cluster/server.ts';
import { writeServiceAccountFolder } from '../../tools/cluster/service-account.ts';
import { startSupervised } from '../../tools/support/supervised.ts';
import type { Installation } from '../../tools/trial/installation.ts';
import { bundle, type Pod } from '../../tools/trial/pod.ts';
import { until } from '../../tools/trial/until.ts';
import { describeReal, install } from '../support/real.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { expectAccount } from '../support/account.ts';
import { promise } from '../support/promise.ts';

const settings = { leaderLeaseDuration: 12, checkpointInterval: 0.5 };
const nothingAmiss = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };

interface RoleObject extends ManifestObject {
  readonly rules: readonly RoleRule[];
}

interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** Every single right of the rendered roles: one verb on one resource. */
const rights = (createToken: boolean) =>
  accessRules({
    lockResource: 'leases',
    lockName: defaultLockName,
    tokenName: defaultTokenName,
    createToken,
  }).flatMap((rule) => rule.verbs.map((verb) => ({ rule, verb })));

type Right = ReturnType<typeof rights>[number];

const nameOf = ({ rule, verb }: Right) => [verb, rule.resource, rule.resourceName].filter(Boolean).join(' ');

describeReal('a real API server', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  describe('that refuses one right tells which, where and what to do; the collector stays, and once it is given works without a restart:', () => {
    const rows = [true, false].flatMap((createToken) =>
      rights(createToken)
        .filter(({ rule, verb }) => !createToken || isTokenCreation(rule, verb))
        .map((right) => [nameOf(right), createToken, right] as const),
    );

    test.each(rows)('%s', async (name, createToken, right) => {
      const namespace = `without-${name.replaceAll(/[^a-z]+/g, '-')}`;
      const props = { tokenConfigMap: { create: !createToken } };
      const installation = await install(plane, { namespace, settings, props });
      await take(installation, right);
      const pod = await installation.addPod();
      const { rule, verb } = right;
      const inNamespace = rule.scope === 'namespace' ? namespace : undefined;
      const remedy = missingRule(verb, rule.resource, inNamespace, rule.resourceName);
      const line = await until('the line that says which', () =>
        pod.log.find((entry) => errorOf(entry).hint === remedy),
      );
      expect(line.level).toBe('warn');
      expect(errorOf(line).message).toContain(`${verb} ${rule.resource}`);

      await give(installation);
      await expectWell(installation, pod);
    });
  });

  test('without the ConfigMap of the token, which may not be made either, has it on the lock alone and says so', async () => {
    const installation = await install(plane, { namespace: 'no-token', settings });
    await plane.admin.expect('DELETE', installation.tokenPath);
    const pod = await installation.addPod();
    const told = 'the token is kept on the lock alone until its ConfigMap can be written';
    const line = await until('that line', () => pod.log.find(({ message }) => message === told));
    expect(errorOf(line).hint).toBe(missingRule('create', 'configmaps', 'no-token'));
    const workload = installation.workload();
    await workload.burst(10);
    expectAccount(await installation.settled([workload]), nothingAmiss);
    await until('the token on the lock', async () => ((await installation.lock())?.position ?? 0n) > 0n || undefined);

    const manifest = installation.manifests.find(({ kind }) => kind === 'ConfigMap');
    await plane.admin.apply(manifest as ManifestObject);
    await expectWell(installation, pod);
  });

  test('that does not know the credentials any more: they are read anew, and the term goes on', async () => {
    const installation = await install(plane, {
      namespace: 'rotated',
      settings: { ...settings, leaderLeaseDuration: 30 },
    });
    const pod = await installation.addPod();
    await installation.leader();
    const account = installation.manifests.find(({ kind }) => kind === 'ServiceAccount') as ManifestObject;
    await plane.admin.expect('DELETE', `${collectionPath(account)}/${account.metadata.name}`);
    await plane.admin.apply(account);
    const line = await until('the line that says so', () =>
      pod.log.find((entry) => errorOf(entry).message?.includes(': 401')),
    );
    expect(errorOf(line).hint).toMatch(/^the credentials were not accepted; they are read anew/);
    await installation.rotateToken(pod);
    await expectWell(installation, pod);
    expect(pod.log.filter(({ message }) => message.startsWith('leading'))).toHaveLength(1);
  });

  test('that never knew the credentials: a garbage token is told, and the right one taken as soon as it is there', async () => {
    const installation = await install(plane, { namespace: 'garbage', settings });
    const folder = temporaryFolder();
    const mount = () => writeServiceAccountFolder(plane, { namespace: 'garbage', name: 'eventbaton', folder });
    await mount();
    await writeFile(join(folder, 'token'), 'garbage\n');
    const pod = await installation.addPod({ EVENTBATON_SERVICE_ACCOUNT_DIR: folder });
    await until('the line that says so', () =>
      pod.log.find((entry) => errorOf(entry).hint?.startsWith('the credentials were not accepted')),
    );
    await mount();
    await expectWell(installation, pod);
  });

  describe('whose admission refuses', () => {
    test('the lock with 422: it is told with object and namespace, nothing is taken for won, and it goes on when it is over', async () => {
      const installation = await install(plane, { namespace: 'admission', settings });
      const lift = await freeze(installation, 'leases');
      const pod = await installation.addPod();
      const line = await until('the line that says so', () =>
        pod.log.find((entry) => errorOf(entry).message?.includes(': 422')),
      );
      expect(line).toMatchObject({ level: 'warn', message: 'lock not read or written' });
      expect(errorOf(line).message).toMatch(
        /^create leases "datadog-leader-election" in namespace "admission": 422 .*locks are frozen/,
      );
      promise(() => expect(pod.log.some(({ message }) => message.startsWith('leading'))).toBe(false));
      await lift();
      await expectWell(installation, pod);
    });
  });

  test('on which others write the lock, too, answers 409: the leader keeps it', async () => {
    const installation = await install(plane, { namespace: 'conflicts', settings });
    const pod = await installation.addPod();
    await installation.leader();
    const patch = { metadata: { annotations: {} as Record<string, string> } };
    const conflicts = () => pod.metric('rest_client_requests_total', 'code="409"');
    for (const write of [1, 2, 3]) {
      patch.metadata.annotations['example.com/touched'] = String(write);
      await plane.admin.expect('PATCH', installation.lockPath, patch, 'application/merge-patch+json');
      await until('a conflict', async () => (await conflicts()) >= write || undefined);
    }
    expect((await installation.lock())?.record).toMatchObject({ holderIdentity: pod.identity });
    await expectWell(installation, pod);
    expect(pod.log.filter(({ message }) => message.startsWith('leading'))).toHaveLength(1);
  });

  test('that lets read lock and token and nothing else is enough for `status --expect leader`', async () => {
    const installation = await install(plane, { namespace: 'reader', settings });
    const pod = await installation.addPod();
    await installation.leader();
    const environment = await reader(installation);
    const { code, stdout, stderr } = await statusIn(environment, '--json');
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ holder: pod.identity, term: 1 });
    await pod.stop('SIGKILL');
    expect(await statusIn(environment)).toMatchObject({ code: 1, stderr: 'nobody leads\n' });
  });

  test('that is not there at the start is waited for, and told', async () => {
    const installation = await install(plane, { namespace: 'absent', settings });
    const pod = await installation.addPod();
    await pod.stop('SIGTERM');
    const before = pod.log.length;
    await plane.stopApiServer();
    await pod.start();
    const line = await until('the line that says so', () =>
      pod.log.slice(before).find(({ message }) => message === 'lock not read or written'),
    );
    expect(errorOf(line).message).toMatch(
      /^get leases "datadog-leader-election" in namespace "absent": no answer from 127\.0\.0\.1 port \d+: /,
    );
    expect(await pod.page('/readyz')).toContain('failed: the lock was not seen yet');
    await plane.startApiServer();
    await expectWell(installation, pod);
  });
});

/** Everything works, in the same process: it leads, delivers, stores the token, and hands over at the end. */
async function expectWell(installation: Installation, pod: Pod): Promise<void> {
  await until('a leader', async () => (await installation.lock())?.record.holderIdentity === pod.identity || undefined);
  const workload = installation.workload('well');
  await workload.burst(10);
  expectAccount(await installation.settled([workload]), { lost: 0 });
  const last = workload.written.reduce(
    (most, { resourceVersion }) => (BigInt(resourceVersion) > most ? BigInt(resourceVersion) : most),
    0n,
  );
  await until('the token in its ConfigMap', async () => {
    const key = (await installation.tokenConfigMap())?.data?.['event.tokenKey'];
    return BigInt(key ?? 0) >= last || undefined;
  });
  expect(await pod.stop('SIGTERM')).toBe(0);
  expect((await installation.lock())?.record.holderIdentity).toBe('');
}

function isTokenCreation({ resource }: AccessRule, verb: string): boolean {
  return resource === 'configmaps' && verb === 'create';
}

function errorOf(entry: object): { readonly message?: string; readonly hint?: string } {
  return (entry as { readonly error?: object }).error ?? {};
}

const rolesOf = ({ manifests }: Installation) =>
  manifests.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole') as unknown as readonly RoleObject[];

/** Puts the rendered roles in place without this one right. */
async function take(installation: Installation, { rule, verb }: Right): Promise<void> {
  let taken = 0;
  for (const role of rolesOf(installation)) {
    const rules = role.rules.map((each) => {
      const isIt =
        each.resources.includes(rule.resource) &&
        each.resourceNames?.[0] === rule.resourceName &&
        each.verbs.includes(verb);
      if (isIt) taken += 1;
      return isIt ? { ...each, verbs: each.verbs.filter((other) => other !== verb) } : each;
    });
    await replace(installation, { ...role, rules: rules.filter(({ verbs }) => verbs.length > 0) });
  }
  expect(taken, 'rules that were rendered for this right').toBe(1);
}

async function give(installation: Installation): Promise<void> {
  for (const role of rolesOf(installation)) await replace(installation, role);
}

async function replace({ plane }: Installation, role: RoleObject): Promise<void> {
  await plane.admin.expect('PUT', `${collectionPath(role)}/${role.metadata.name}`, role);
}

/** A service account that may `get` the lock and the token. @returns the environment of a process that runs as it */
async function reader({ plane, namespace }: Installation): Promise<Readonly<Record<string, string>>> {
  const metadata = { name: 'reader', namespace };
  const rbac = 'rbac.authorization.k8s.io';
  const rule = (apiGroup: string, resource: string, name: string) => ({
    apiGroups: [apiGroup],
    resources: [resource],
    resourceNames: [name],
    verbs: ['get'],
  });
  const objects = [
    { apiVersion: 'v1', kind: 'ServiceAccount' },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      rules: [rule('coordination.k8s.io', 'leases', defaultLockName), rule('', 'configmaps', defaultTokenName)],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
    },
  ];
  for (const object of objects) await plane.admin.apply({ ...object, metadata });
  const folder = temporaryFolder();
  await writeServiceAccountFolder(plane, { namespace, name: 'reader', folder });
  return {
    EVENTBATON_SERVICE_ACCOUNT_DIR: folder,
    KUBERNETES_SERVICE_HOST: plane.host,
    KUBERNETES_SERVICE_PORT: String(plane.port),
    DD_HEALTH_PORT: String(await freePort()),
    DD_LEADER_LEASE_DURATION: String(settings.leaderLeaseDuration),
  };
}

async function statusIn(environment: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const running = await startSupervised(process.execPath, [bundle, 'status', '--expect', 'leader', ...words], {
    environment,
  });
  const [stdout, stderr, code] = await Promise.all([text(running.stdout), text(running.stderr), running.ended]);
  return { code, stdout, stderr };
}

/** Admission refuses every write of this resource in the namespace, as a policy of the cluster may. @returns what lifts it */
async function freeze({ plane, namespace }: Installation, resource: string): Promise<() => Promise<void>> {
  const group = '/apis/admissionregistration.k8s.io/v1';
  const [policies, bindings] = [`${group}/validatingadmissionpolicies`, `${group}/validatingadmissionpolicybindings`];
  const metadata = { name: `freeze-${namespace}` };
  const matches = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  const resourceRules = [
    { apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: [resource] },
  ];
  await plane.admin.expect('POST', policies, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata,
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: { resourceRules },
      validations: [{ expression: 'false', message: 'locks are frozen', reason: 'Invalid' }],
    },
  });
  await plane.admin.expect('POST', bindings, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata,
    spec: { policyName: metadata.name, validationActions: ['Deny'], matchResources: matches },
  });
  const probe = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'probe', namespace },
    spec: {},
  };
  const isFrozen = async () =>
    (await plane.admin.send('POST', `${collectionPath(probe)}?dryRun=All`, probe)).status === 422;
  await until('the policy in force', async () => (await isFrozen()) || undefined);
  return async () => {
    await plane.admin.expect('DELETE', `${bindings}/${metadata.name}`);
    await plane.admin.expect('DELETE', `${policies}/${metadata.name}`);
    await until('the policy out of force', async () => !(await isFrozen()) || undefined);
  };
}
