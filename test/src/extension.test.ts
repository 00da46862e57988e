import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { EventCollector, type EventCollectorProps, type WireObject, type Workload } from '../../src/index.ts';
import {
  collectorOf,
  type Manifest,
  manifestOf,
  manifests,
  problemsWith,
  renderedBy,
  workloadsAmong,
} from './manifests.ts';

/** With every object that there is. */
const everything: EventCollectorProps = {
  workload: 'Deployment',
  pools: [{ name: 'a' }, { name: 'b' }],
  watchNamespace: 'team-a',
  settingsFile: { content: 'filters: []\n' },
  podMonitor: { enabled: true },
  networkPolicy: { enabled: true },
};

/** A field that each kind has, with a value other than ours. */
const knownFields: Readonly<Record<string, readonly [path: string, value: unknown]>> = {
  ServiceAccount: ['/automountServiceAccountToken', true],
  ConfigMap: ['/immutable', true],
  ClusterRole: ['/rules', []],
  ClusterRoleBinding: ['/roleRef/name', 'other'],
  Role: ['/rules/0/verbs', ['get']],
  RoleBinding: ['/subjects/0/namespace', 'other'],
  NetworkPolicy: ['/spec/policyTypes', ['Egress']],
  PodDisruptionBudget: ['/spec/maxUnavailable', '50%'],
  Deployment: ['/spec/replicas', 7],
  DaemonSet: ['/spec/minReadySeconds', 7],
  PodMonitor: ['/spec/podMetricsEndpoints/0/path', '/other'],
};

const single = [
  'serviceAccount',
  'clusterRole',
  'clusterRoleBinding',
  'role',
  'roleBinding',
  'watchedRole',
  'watchedRoleBinding',
  'tokenConfigMap',
  'settingsConfigMap',
  'networkPolicy',
  'disruptionBudget',
  'podMonitor',
] as const satisfies readonly (keyof EventCollector)[];

/** What a collector shows of itself. */
function childrenOf(collector: EventCollector): readonly ApiObject[] {
  const named = single.map((name) => collector[name]);
  return [...named, ...collector.workloads].filter((child) => child !== undefined).map((child) => ApiObject.of(child));
}

const nameOf = ({ kind, name }: ApiObject) => `${kind} ${name}`;
const children = childrenOf(collectorOf(everything)).map(nameOf);

function patched(child: string, ...patches: readonly JsonPatch[]): Manifest | undefined {
  const collector = collectorOf(everything);
  const object = childrenOf(collector).find((one) => nameOf(one) === child);
  object?.addJsonPatch(...patches);
  return renderedBy(collector).find(({ kind, metadata }) => `${kind} ${metadata.name}` === child);
}

const at = (path: string) => path.split('/').slice(1);

test('every object is a public child', () => {
  expect(children.toSorted()).toEqual(
    renderedBy(collectorOf(everything))
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
      .toSorted(),
  );
  expect(new Set(children).size).toBe(14);
});

test('every workload depends on what its pods need', () => {
  const collector = collectorOf(everything);
  const needed = childrenOf(collector).filter(({ kind }) => kind !== 'Deployment' && kind !== 'PodMonitor');
  for (const workload of collector.workloads) {
    const before = workload.node.dependencies.flatMap(({ node }) => node.findAll());
    expect(needed.filter((child) => !before.includes(child)).map(nameOf)).toEqual([]);
  }
});

describe.each(children)('a patch of %s arrives', (child) => {
  const kind = child.split(' ')[0] ?? '';

  test('in its metadata', () => {
    const team = patched(child, JsonPatch.add('/metadata/annotations', { team: 'a' }));
    expect(team?.metadata.annotations).toEqual({ team: 'a' });
  });

  test('in a field that cdk8s knows', () => {
    const [path, value] = knownFields[kind] ?? [];
    const result = patched(child, JsonPatch.add(`${path}`, value));
    expect(result).toHaveProperty(at(`${path}`), value);
  });

  test('in fields that no library knows, with the rest as it was', () => {
    const result = patched(
      child,
      JsonPatch.add('/futureField', { depth: 1 }),
      JsonPatch.add('/metadata/futureField', [true]),
    );
    const plain = patched(child);
    expect(plain).toBeDefined();
    expect(result).toEqual({
      ...plain,
      futureField: { depth: 1 },
      metadata: { ...plain?.metadata, futureField: [true] },
    });
  });
});

test.each([
  ['Deployment eventbaton-a', '/spec/template/spec/containers/0/futureField'],
  ['PodMonitor eventbaton', '/spec/podMetricsEndpoints/0/futureField'],
  ['NetworkPolicy eventbaton', '/spec/ingress/0/futureField'],
  ['Role eventbaton', '/rules/0/futureField'],
  ['RoleBinding eventbaton', '/subjects/0/futureField'],
])('a patch of %s arrives within a list: %s', (child, path) => {
  expect(patched(child, JsonPatch.add(path, 'x'))).toHaveProperty(at(path), 'x');
});

describe('a subclass', () => {
  class Hooked extends EventCollector {
    static readonly pools: (string | undefined)[] = [];

    protected override podTemplate(template: WireObject, pool?: string): WireObject {
      Hooked.pools.push(pool);
      return { ...template, spec: { ...(template['spec'] as object), runtimeClassName: `sandbox-${pool}` } };
    }

    protected override createWorkload(id: string, manifest: Workload): ApiObject {
      return new ApiObject(this, `${id}-made`, { ...manifest, futureField: 1 });
    }
  }

  const hooked = (props: EventCollectorProps) => {
    Hooked.pools.length = 0;
    const collector = new Hooked(new Chart(new App(), 'chart'), 'collector', props);
    return { collector, made: workloadsAmong(renderedBy(collector)) };
  };

  test('has the pod of every workload in its hands before the workload is made', () => {
    const { made } = hooked({ pools: [{ name: 'a' }, { name: 'b' }] });
    expect(Hooked.pools).toEqual(['a', 'b']);
    expect(made.map(({ spec }) => spec.template.spec)).toMatchObject([
      { runtimeClassName: 'sandbox-a', serviceAccountName: 'eventbaton' },
      { runtimeClassName: 'sandbox-b', serviceAccountName: 'eventbaton' },
    ]);
    hooked({});
    expect(Hooked.pools).toEqual([undefined]);
  });

  test.each(['DaemonSet', 'Deployment'] as const)('makes the %s itself, after what it needs', (workload) => {
    const { collector, made } = hooked({ workload });
    expect(made).toMatchObject([{ kind: workload, futureField: 1, metadata: { name: 'eventbaton' } }]);
    expect(collector.workloads.map(({ node }) => node.id)).toEqual([`${workload}-made`]);
    expect(renderedBy(collector).at(-1)?.kind).toBe(workload);
  });
});

test('ApiObject.of finds the workload, where there is one', () => {
  const chart = new Chart(new App(), 'chart');
  const collector = new EventCollector(chart, 'one');
  expect(ApiObject.of(collector)).toBe(collector.workloads[0]);
  const pools = new EventCollector(chart, 'more', { namespace: 'other', pools: [{ name: 'a' }, { name: 'b' }] });
  expect(() => ApiObject.of(pools)).toThrow();
});

test('a chart of any name, hashes and labels changes no name and no selector', () => {
  const chart = new Chart(new Construct(new App(), 'team'), 'deep', {
    labels: { 'app.kubernetes.io/name': 'other', team: 'a' },
  });
  new EventCollector(new Construct(chart, 'deeper'), 'elsewhere', everything);
  const without = (key: string, value: unknown) => (key === 'team' ? undefined : value);
  expect(JSON.parse(JSON.stringify(chart.toJson(), without))).toEqual(manifests(everything));
});

describe('labels and annotations', () => {
  const labels = { team: 'platform', 'example.com/cost': '12' };
  const annotations = { owner: 'platform@example.com' };
  const objects = manifests({ ...everything, labels, annotations });

  test('are on every object and on every pod', () => {
    const described = [...objects, ...workloadsAmong(objects).map(({ spec }) => spec.template)];
    expect(described).toHaveLength(16);
    for (const { metadata } of described) expect(metadata).toMatchObject({ labels, annotations });
  });

  test('of one object are on it alone, and count before those of all', () => {
    const props = {
      labels: { team: 'all' },
      annotations: { owner: 'all' },
      podAnnotations: { owner: 'pod' },
      podLabels: { team: 'pod' },
      serviceAccount: { labels: { team: 'account' }, annotations: { owner: 'account' } },
      tokenConfigMap: { labels: { team: 'token' }, annotations: { 'helm.sh/resource-policy': null, owner: 'token' } },
      podMonitor: { enabled: true, labels: { team: 'monitor' } },
    } as const;
    const said = manifests(props).map(({ kind, metadata }) => [
      kind,
      metadata.labels['team'],
      metadata.annotations?.['owner'],
    ]);
    expect(said.filter(([, team, owner]) => team !== 'all' || owner !== 'all')).toEqual([
      ['ServiceAccount', 'account', 'account'],
      ['ConfigMap', 'token', 'token'],
      ['PodMonitor', 'monitor', 'all'],
    ]);
    expect(said).toHaveLength(8);
    const [workload] = workloadsAmong(manifests(props));
    expect(workload?.spec.template.metadata).toMatchObject({ labels: { team: 'pod' }, annotations: { owner: 'pod' } });
  });

  test("of the token's ConfigMap are added to those that keep it, where null takes none away", () => {
    const kept = { 'helm.sh/resource-policy': null, kept: 'yes' };
    const { metadata } = manifestOf('ConfigMap', { tokenConfigMap: { annotations: kept } });
    expect(metadata.annotations).toEqual({
      'argocd.argoproj.io/sync-options': 'Prune=false',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
      'kustomize.toolkit.fluxcd.io/ssa': 'Merge',
      kept: 'yes',
    });
  });

  test('that select pods cannot be replaced: all that try are named at once', () => {
    const own = { 'app.kubernetes.io/name': 'x' };
    const problems = problemsWith({
      labels: { ...own, 'eventbaton.io/pool': 'x' },
      podLabels: own,
      serviceAccount: { labels: own },
      tokenConfigMap: { labels: own },
      podMonitor: { enabled: true, labels: own },
    });
    expect(problems.map((problem) => problem.split(' is set by the construct')[0])).toEqual([
      'labels: "app.kubernetes.io/name"',
      'labels: "eventbaton.io/pool"',
      'podLabels: "app.kubernetes.io/name"',
      'serviceAccount.labels: "app.kubernetes.io/name"',
      'tokenConfigMap.labels: "app.kubernetes.io/name"',
      'podMonitor.labels: "app.kubernetes.io/name"',
    ]);
  });
});
