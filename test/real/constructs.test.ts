import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Yaml } from 'cdk8s';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { collectorManifests } from '../../src/index.ts';
import { type AdminAnswer, collectionPath, type ManifestObject } from '../../tools/cluster/admin-client.ts';
import type { AuditEntry } from '../../tools/cluster/audit-log.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { kubectl } from '../../tools/cluster/kubectl.ts';
import { type RealControlPlane, startControlPlane } from '../../tools/cluster/real.ts';
import { podMonitorCrd } from '../../tools/imports/crd.ts';
import { type Account, settleAccount } from '../../tools/trial/account.ts';
import { readDeliveries } from '../../tools/trial/deliveries.ts';
import type { Installation, InstallationOptions } from '../../tools/trial/installation.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { until } from '../../tools/trial/until.ts';
import { Workload } from '../../tools/trial/workload.ts';
import { describeReal, install } from '../support/real.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { appliedScenarios } from './applied-scenarios.ts';
import { expectAccount } from '../support/account.ts';
import { settle } from '../../tools/trial/settling.ts';

interface WorkloadObject extends ManifestObject {
  readonly spec: { readonly template: PodTemplate };
}

interface PodTemplate {
  readonly metadata: object;
  readonly spec: { readonly containers: readonly [{ readonly securityContext: object }] };
}

interface RoleObject extends ManifestObject {
  readonly rules: readonly {
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

interface CustomResourceDefinition extends ManifestObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly [{ readonly name: string }];
  };
}

const strictDryRun = 'dryRun=All&fieldValidation=Strict';

describeReal('a real API server', () => {
  let plane: RealControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
    await serve(plane, parse(await podMonitorCrd()));
    for (const name of ['team-a', 'team-b']) await makeNamespace(plane, name);
  });

  afterAll(() => plane?.stop());

  describe('takes what the construct renders:', () => {
    describe.each(Object.entries(appliedScenarios))('%s', (name, props) => {
      const namespace = name === 'longest-names' ? 'n'.repeat(63) : `rendered-${name}`;
      const rendered = () => collectorManifests({ ...props, namespace }) as readonly ManifestObject[];

      test('every field is known and valid, and nothing is warned of', async () => {
        await makeNamespace(plane, namespace);
        for (const object of rendered()) {
          const answer = await plane.admin.send('POST', `${collectionPath(object)}?${strictDryRun}`, object);
          expect(outcomeOf(answer), `${object.kind} ${object.metadata.name}`).toEqual(accepted);
        }
      });

      test('pods are admitted where Pod Security is "restricted"', async () => {
        await makeNamespace(plane, namespace);
        const templates = rendered().flatMap(templateOf);
        expect(templates).not.toEqual([]);
        for (const template of templates) expect(await admission(plane, namespace, template)).toEqual(accepted);
      });

      test('kubectl applies the printed file, and what is stored then is what was rendered', async () => {
        await makeNamespace(plane, namespace);
        const file = join(temporaryFolder(), 'eventbaton.yaml');
        await writeFile(file, Yaml.stringify(...rendered()));
        await kubectl(plane, ['apply', '-f', file, '--validate=strict', '--warnings-as-errors']);
        for (const object of rendered()) {
          const stored = await plane.admin.expect('GET', `${collectionPath(object)}/${object.metadata.name}`);
          expect(stored).toMatchObject(asStored(object));
        }
      });
    });

    test('and would not take a field that it does not know, nor a pod that may do more', async () => {
      await makeNamespace(plane, 'refused');
      const manifests = collectorManifests({ namespace: 'refused' }) as readonly ManifestObject[];
      const workload = manifests.find(isWorkload) as WorkloadObject;
      const path = `${collectionPath(workload)}?${strictDryRun}`;
      const unknown = { ...workload, spec: { ...workload.spec, replica: 1 } };
      expect(outcomeOf(await plane.admin.send('POST', path, unknown))).toMatchObject({
        status: 400,
        message: expect.stringContaining('unknown field "spec.replica"'),
      });

      const { template } = workload.spec;
      const [container] = template.spec.containers;
      const securityContext = { ...container.securityContext, allowPrivilegeEscalation: true };
      const more: PodTemplate = {
        ...template,
        spec: { ...template.spec, containers: [{ ...container, securityContext }] },
      };
      expect(await admission(plane, 'refused', more)).toMatchObject({
        status: 403,
        message: expect.stringContaining('violates PodSecurity "restricted:latest"'),
      });
      const warnedOf = { ...workload, spec: { ...workload.spec, template: more } };
      expect(outcomeOf(await plane.admin.send('POST', path, warnedOf)).warnings).toEqual([
        expect.stringContaining('would violate PodSecurity'),
      ]);
    });
  });

  describe('is asked all that the rendered roles grant, and nothing else:', () => {
    const variations: Readonly<Record<string, Pick<InstallationOptions, 'settings' | 'props'>>> = {
      'a lock of kind configmap': { settings: { leaderElectionDefaultResource: 'configmap' } },
      'a lock of kind endpoints': { settings: { leaderElectionDefaultResource: 'endpoints' } },
      'Events of another namespace': { props: { watchNamespace: 'team-a' } },
      'a token that the manifests do not bring': { props: { tokenConfigMap: { create: false } } },
      'lock and token in another namespace, under other names': {
        settings: { kubeResourcesNamespace: 'team-b', leaderLeaseName: 'other-lock', tokenName: 'other-token' },
      },
      'all of it': {
        settings: {
          leaderElectionDefaultResource: 'configmap',
          kubeResourcesNamespace: 'team-b',
          leaderLeaseName: 'all-lock',
          tokenName: 'all-token',
        },
        props: { watchNamespace: 'team-a', tokenConfigMap: { create: false } },
      },
    };

    test.each(Object.entries(variations))('%s', async (name, { settings, props }) => {
      const namespace = `asked-${name.replaceAll(/[^a-z]+/gi, '-').toLowerCase()}`;
      const installation = await install(plane, {
        namespace,
        settings: { leaderLeaseDuration: 12, checkpointInterval: 0.5, ...settings },
        ...(props === undefined ? {} : { props }),
      });
      await installation.addPods(2);
      const first = await leading(installation.pods);
      await installation.listed();
      const workload = new Workload(plane.admin, props?.watchNamespace ?? namespace, namespace);
      await workload.burst(20);
      await allDelivered(installation, workload);
      expect(await first.stop('SIGTERM')).toBe(0);
      await leading(installation.pods.filter((pod) => pod !== first));
      await workload.burst(20);
      await allDelivered(installation, workload);

      const granted = installation.manifests.flatMap(rightsOf).sort();
      const used = async () => rightsUsed(await requestsIn(plane, namespace), granted);
      await expect.poll(used, { timeout: 240_000 }).toEqual(granted);
      const refused = (await requestsIn(plane, namespace)).filter(({ code }) => code === 401 || code === 403);
      expect(refused).toEqual([]);
      expectAccount(await accountOf(installation, workload), { lost: 0, duplicated: 0, gaps: 0 });
    });
  });
});

const accepted = { status: 201, message: undefined, warnings: [] };

function outcomeOf({ status, body, warnings }: AdminAnswer<Record<string, unknown>>) {
  return { status, message: body['message'], warnings };
}

/** For restricted pods: refused, warned of and audited otherwise. */
async function makeNamespace({ admin }: ControlPlane, name: string): Promise<void> {
  const labels = Object.fromEntries(
    ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
  );
  await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } } as ManifestObject);
}

/** Makes a kind known, and waits until it is there. */
async function serve({ admin }: ControlPlane, definition: CustomResourceDefinition): Promise<void> {
  await admin.apply(definition);
  const { group, names, versions } = definition.spec;
  const path = `/apis/${group}/${versions[0].name}/${names.plural}`;
  await until(path, async () => (await admin.send('GET', path)).status === 200 || undefined);
}

function isWorkload(object: object): boolean {
  return ['DaemonSet', 'Deployment'].includes((object as ManifestObject).kind);
}

function templateOf(object: ManifestObject): readonly PodTemplate[] {
  return isWorkload(object) ? [(object as WorkloadObject).spec.template] : [];
}

/** What becomes of a pod of this template, as a controller would make it. */
async function admission({ admin }: ControlPlane, namespace: string, template: PodTemplate) {
  const metadata = { ...template.metadata, name: 'pod', namespace };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec };
  return outcomeOf(await admin.send('POST', `${collectionPath(pod)}?${strictDryRun}`, pod));
}

/** The core group of a subject may be said, and is not kept. */
function asStored(object: ManifestObject): object {
  const { subjects, ...others } = object as ManifestObject & { readonly subjects?: readonly { apiGroup?: string }[] };
  return subjects === undefined
    ? object
    : { ...others, subjects: subjects.map(({ apiGroup: _group, ...subject }) => subject) };
}

/** The one that says so: the lock is not always where an installation looks. */
function leading(pods: readonly Pod[]): Promise<Pod> {
  return until('a leader', () => pods.find(({ log }) => log.some(({ message }) => message.startsWith('leading'))));
}

/** Of this workload alone: others write into a watched namespace, too. */
async function accountOf({ file }: Installation, { written }: Workload): Promise<Account> {
  const names = new Set(written.map(({ name }) => name));
  const records = await readDeliveries(file);
  return settleAccount(
    written,
    records.filter((record) => 'gap' in record || names.has(record.event.name)),
  );
}

async function allDelivered(installation: Installation, workload: Workload): Promise<void> {
  expectAccount(await settle(() => accountOf(installation, workload)), { lost: 0 });
}

async function requestsIn(plane: ControlPlane, namespace: string): Promise<readonly AuditEntry[]> {
  const user = `system:serviceaccount:${namespace}:eventbaton`;
  return (await plane.requests()).filter((entry) => entry.user === user && entry.stage !== 'Panic');
}

/** One verb on one resource, with the name and the namespace that it is limited to. */
function rightText(verb: string, resource: string, name: string | undefined, namespace: string | undefined): string {
  return `${verb} ${[resource, name].filter(Boolean).join('/')} ${namespace ? `in ${namespace}` : 'everywhere'}`;
}

function rightsOf(object: ManifestObject): readonly string[] {
  const { rules = [], metadata } = object as Partial<RoleObject> & ManifestObject;
  return rules.flatMap(({ verbs, resources, resourceNames = [undefined] }) =>
    verbs.flatMap((verb) =>
      resources.flatMap((resource) => resourceNames.map((name) => rightText(verb, resource, name, metadata.namespace))),
    ),
  );
}

/** By the words of the rules: what is created, and Events, are of any name; a Namespace is in none; a right everywhere is one in each namespace. */
function rightsUsed(entries: readonly AuditEntry[], granted: readonly string[]): readonly string[] {
  const used = entries.map(({ verb, resource, name, namespace }) => {
    const known = verb === 'create' || resource === 'events' ? undefined : name;
    const everywhere = rightText(verb, resource, known, undefined);
    return granted.includes(everywhere) ? everywhere : rightText(verb, resource, known, namespace);
  });
  return [...new Set(used)].sort();
}
