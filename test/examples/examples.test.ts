import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { productVersion } from '../../runtime/src/contract/names.ts';
import { collectorManifests } from '../../src/index.ts';
import { type Rendered, root, synthesise } from './example.ts';

const json = (...path: readonly string[]) => JSON.parse(readFileSync(join(root, ...path), 'utf8'));

describe.each(['gitops', 'platform-team'])('examples/%s', (example) => {
  test('asks for the packages that it is tested with', () => {
    const { dependencies, devDependencies } = json('examples', example, 'package.json');
    const tested = json('package.json').devDependencies;
    expect({ ...dependencies, ...devDependencies }).toEqual({
      cdk8s: tested.cdk8s,
      constructs: tested.constructs,
      eventbaton: productVersion,
      'cdk8s-cli': tested['cdk8s-cli'],
    });
  });
});

describe('examples/gitops, written by `cdk8s synth`', () => {
  let files: ReadonlyMap<string, readonly Rendered[]>;
  beforeAll(async () => {
    files = await synthesise('gitops');
  });

  const objects = () => [...files.values()].flat();

  test('is one file for each object, each under a name that says which', () => {
    const placed = [...files].map(([file, found]) => [
      file,
      ...found.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? '-'} ${metadata.name}`),
    ]);
    expect(placed).toEqual([
      ['ClusterRole.eventbaton.eventbaton.k8s.yaml', 'ClusterRole - eventbaton.eventbaton'],
      ['ClusterRoleBinding.eventbaton.eventbaton.k8s.yaml', 'ClusterRoleBinding - eventbaton.eventbaton'],
      ['ConfigMap.datadogtoken.k8s.yaml', 'ConfigMap eventbaton datadogtoken'],
      ['DaemonSet.eventbaton.k8s.yaml', 'DaemonSet eventbaton eventbaton'],
      ['Namespace.eventbaton.k8s.yaml', 'Namespace - eventbaton'],
      ['Role.eventbaton.k8s.yaml', 'Role eventbaton eventbaton'],
      ['RoleBinding.eventbaton.k8s.yaml', 'RoleBinding eventbaton eventbaton'],
      ['ServiceAccount.eventbaton.k8s.yaml', 'ServiceAccount eventbaton eventbaton'],
    ]);
  });

  test('is what the construct describes, and the namespace', () => {
    const described = collectorManifests({ settings: { clusterName: 'prod-1' } });
    expect(objects().filter(({ kind }) => kind !== 'Namespace')).toEqual(expect.arrayContaining([...described]));
    expect(objects()).toHaveLength(described.length + 1);
  });

  test('is in place after it was applied twice in the order of its files, or once with the namespace first', () => {
    expect(missingAfter(1, objects())).toEqual(['ConfigMap', 'DaemonSet']);
    expect(missingAfter(2, objects())).toEqual([]);
    const namespace = objects().filter(({ kind }) => kind === 'Namespace');
    expect(missingAfter(1, [...namespace, ...objects()])).toEqual([]);
  });

  test('has a namespace in which restricted pods may run, and that neither Argo CD nor Flux removes with what is in it', () => {
    const namespace = objects().find(({ kind }) => kind === 'Namespace');
    expect(namespace?.metadata.labels).toEqual({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    expect(namespace?.metadata.annotations).toEqual({
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    });
  });

  test('has a token ConfigMap without data, so that nothing need be ignored', () => {
    const [configMap] = files.get('ConfigMap.datadogtoken.k8s.yaml') ?? [];
    expect(Object.keys(configMap ?? {}).toSorted()).toEqual(['apiVersion', 'immutable', 'kind', 'metadata']);
  });
});

describe('examples/platform-team, written by `cdk8s synth`', () => {
  let objects: readonly Rendered[];
  beforeAll(async () => {
    objects = [...(await synthesise('platform-team')).values()].flat();
  });

  const workloads = () => objects.filter(({ kind }) => kind === 'DaemonSet');

  test('is two workloads and one set of everything that they share', () => {
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted()).toEqual([
      'ClusterRole events.eventbaton',
      'ClusterRoleBinding events.eventbaton',
      'ConfigMap datadogtoken',
      'DaemonSet eventbaton-arm64',
      'DaemonSet eventbaton-control-plane',
      'Role eventbaton',
      'RoleBinding eventbaton',
      'ServiceAccount eventbaton',
    ]);
  });

  test('runs on no node twice, and selects no pod twice', () => {
    const [arm64, controlPlane] = workloads();
    const taint = { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' };
    expect(arm64).toHaveProperty(['spec', 'template', 'spec', 'nodeSelector', 'kubernetes.io/arch'], 'arm64');
    expect(arm64).not.toHaveProperty('spec.template.spec.tolerations');
    expect(controlPlane).toHaveProperty(['spec', 'template', 'spec', 'nodeSelector', taint.key], '');
    expect(controlPlane).toHaveProperty('spec.template.spec.tolerations', [taint]);
    expect(arm64).toHaveProperty(['spec', 'selector', 'matchLabels', 'eventbaton.io/pool'], 'arm64');
    expect(controlPlane).toHaveProperty(['spec', 'selector', 'matchLabels', 'eventbaton.io/pool'], 'control-plane');
  });

  test('names the Secret of its sink, and never holds it', () => {
    expect(objects.map(({ kind }) => kind)).not.toContain('Secret');
    const source = { name: 'events-ingest', items: [{ key: 'token', path: 'events-ingest/token' }] };
    for (const workload of workloads()) {
      expect(workload).toHaveProperty('spec.template.spec.volumes.1.projected.sources', [{ secret: source }]);
      const [, text = ''] = /EVENTBATON_SINKS","value":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(workload)) ?? [];
      expect(JSON.parse(JSON.parse(text))[0].headers).toEqual({
        Authorization: { file: '/etc/eventbaton/secrets/events-ingest/token', prefix: 'Bearer ' },
        'X-Team': 'platform',
      });
    }
  });

  test('shows on both workloads what the subclass changes: by its hook, by its patch', () => {
    expect(workloads()).toHaveLength(2);
    for (const workload of workloads()) {
      expect(workload).toHaveProperty('spec.template.spec.dnsConfig', { options: [{ name: 'ndots', value: '1' }] });
      expect(workload).toHaveProperty('spec.minReadySeconds', 10);
      // Beside what was there before.
      expect(workload).toHaveProperty('spec.template.spec.serviceAccountName', 'eventbaton');
    }
    for (const { metadata } of objects) expect(metadata.labels).toHaveProperty('team', 'platform');
  });
});

/** The kinds that are not there after so many rounds: an object is refused until its namespace is there. */
function missingAfter(rounds: number, objects: readonly Rendered[]): readonly string[] {
  const there = new Set<Rendered>();
  const isThere = (name: string) =>
    [...there].some(({ kind, metadata }) => kind === 'Namespace' && metadata.name === name);
  for (let round = 0; round < rounds; round += 1) {
    for (const object of objects) {
      const { namespace } = object.metadata;
      if (namespace === undefined || isThere(namespace)) there.add(object);
    }
  }
  return objects.filter((object) => !there.has(object)).map(({ kind }) => kind);
}
