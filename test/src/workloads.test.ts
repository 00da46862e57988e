import { describe, expect, test } from 'vitest';
import type { EventCollectorProps } from '../../src/index.ts';
import { kindsOf, manifestOf, manifests, problemsWith, type Workload, workloads, workloadsAmong } from './manifests.ts';

const set = { 'app.kubernetes.io/name': 'eventbaton', 'app.kubernetes.io/instance': 'eventbaton' };

const only = (props: EventCollectorProps): Workload => {
  const [workload, ...others] = workloads(props);
  if (workload === undefined || others.length > 0) throw new Error('not exactly one workload was rendered');
  return workload;
};
const podOf = (props: EventCollectorProps) => only(props).spec.template.spec;

describe('a DaemonSet', () => {
  test('renews a tenth of its pods at once, and is not spread', () => {
    expect(only({}).spec.updateStrategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } });
    expect(podOf({})).not.toHaveProperty('topologySpreadConstraints');
    expect(kindsOf({})).not.toContain('PodDisruptionBudget');
  });

  test('has no number of replicas: one that is given is refused', () => {
    expect(only({}).spec).not.toHaveProperty('replicas');
    expect(problemsWith({ replicas: 2 })).toEqual([
      expect.stringContaining('replicas: a DaemonSet has one pod on each'),
    ]);
    expect(problemsWith({ pools: [{ name: 'a', replicas: 2 }] })).toHaveLength(1);
  });
});

describe('a Deployment', () => {
  const workload = 'Deployment';

  test('has two pods, or as many as are asked for: none, too', () => {
    expect(only({ workload }).spec.replicas).toBe(2);
    expect(only({ workload, replicas: 0 }).spec.replicas).toBe(0);
  });

  test('has a new pod before an old one goes', () => {
    expect(only({ workload }).spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    expect(only({ workload }).spec).not.toHaveProperty('updateStrategy');
  });

  test('is spread over nodes where it can be', () => {
    expect(podOf({ workload }).topologySpreadConstraints).toEqual([
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: set },
      },
    ]);
    const own = [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }];
    expect(podOf({ workload, topologySpreadConstraints: own }).topologySpreadConstraints).toEqual(own);
  });

  test('loses one pod at a time to those who empty nodes', () => {
    const { spec } = manifestOf('PodDisruptionBudget', { workload });
    expect(spec).toEqual({ maxUnavailable: 1, selector: { matchLabels: set } });
    const share = { workload, disruptionBudget: { maxUnavailable: '50%' } } as const;
    expect(manifestOf('PodDisruptionBudget', share).spec).toMatchObject({ maxUnavailable: '50%' });
    expect(manifestOf('PodDisruptionBudget', { workload, disruptionBudget: { maxUnavailable: 0 } }).spec).toMatchObject(
      {
        maxUnavailable: 0,
      },
    );
    expect(kindsOf({ workload, disruptionBudget: { create: false } })).not.toContain('PodDisruptionBudget');
  });
});

describe('pools', () => {
  const props = {
    tolerations: [{ operator: 'Exists' }],
    resources: { requests: { cpu: '50m' } },
    nodeSelector: { zone: 'a' },
    pools: [
      { name: 'plain' },
      {
        name: 'own',
        nodeSelector: { gpu: 'true', 'kubernetes.io/os': null },
        tolerations: [{ key: 'gpu', operator: 'Exists' }],
        resources: { limits: { memory: '1Gi' } },
        priorityClassName: 'high',
        updateStrategy: { type: 'OnDelete' },
      },
    ],
  } as const satisfies EventCollectorProps;
  const [plain, own] = workloads(props);

  test('share service account, roles, lock and token', () => {
    const withoutWorkloads = (of: EventCollectorProps) => manifests(of).filter((one) => !workloadsAmong([one]).length);
    expect(withoutWorkloads(props)).toEqual(withoutWorkloads({}));
    const variables = (of: Workload | undefined) => of?.spec.template.spec.containers[0].env;
    expect(variables(own)).toEqual(variables(plain));
    expect(variables(own)).toEqual(variables(only({})));
    expect(own?.spec.template.spec.serviceAccountName).toBe('eventbaton');
  });

  test('have names and selectors of their own', () => {
    const selectors = [plain, own].map((workload) => [workload?.metadata.name, workload?.spec.selector.matchLabels]);
    expect(selectors).toEqual([
      ['eventbaton-plain', { ...set, 'eventbaton.io/pool': 'plain' }],
      ['eventbaton-own', { ...set, 'eventbaton.io/pool': 'own' }],
    ]);
    for (const workload of [plain, own])
      expect(workload?.spec.template.metadata.labels).toMatchObject(workload?.spec.selector.matchLabels ?? {});
  });

  test('run where and with what they say, else as the whole', () => {
    expect(plain?.spec.template.spec).toMatchObject({
      nodeSelector: { 'kubernetes.io/os': 'linux', zone: 'a' },
      tolerations: [{ operator: 'Exists' }],
      containers: [{ resources: { requests: { cpu: '50m' } } }],
    });
    expect(plain?.spec.updateStrategy).toMatchObject({ type: 'RollingUpdate' });
    expect(own?.spec.template.spec).toMatchObject({
      nodeSelector: { gpu: 'true' },
      tolerations: [{ key: 'gpu', operator: 'Exists' }],
      priorityClassName: 'high',
      containers: [{ resources: { limits: { memory: '1Gi' } } }],
    });
    expect(own?.spec.template.spec.nodeSelector).toEqual({ gpu: 'true' });
    expect(own?.spec.updateStrategy).toEqual({ type: 'OnDelete' });
  });

  test('say nothing by a field that is undefined', () => {
    const undefinedFields = { name: 'plain', tolerations: undefined, resources: undefined, nodeSelector: undefined };
    expect(workloads({ ...props, pools: [undefinedFields] })).toEqual([plain]);
  });

  test('of Deployments have replicas of their own, and one disruption budget for all', () => {
    const deployments = {
      workload: 'Deployment',
      replicas: 3,
      pools: [{ name: 'a', replicas: 1 }, { name: 'b' }],
    } as const;
    expect(workloads(deployments).map(({ spec }) => spec.replicas)).toEqual([1, 3]);
    expect(manifestOf('PodDisruptionBudget', deployments).spec).toEqual({
      maxUnavailable: 1,
      selector: { matchLabels: set },
    });
  });

  test.each([
    ['no pool', [], 'pools: must be at least one'],
    ['two of one name', [{ name: 'a' }, { name: 'a' }], 'pools: "a" is there twice'],
    ['a name that is no label', [{ name: 'A b' }], 'pools: "A b" must be lower-case'],
  ])('are refused: %s', (_, pools, problem) => {
    expect(problemsWith({ pools })).toEqual([expect.stringContaining(problem)]);
  });
});

test('pods run on Linux, unless the prop takes that away', () => {
  const selected = (nodeSelector?: EventCollectorProps['nodeSelector']) => podOf({ nodeSelector }).nodeSelector;
  expect(selected()).toEqual({ 'kubernetes.io/os': 'linux' });
  expect(selected({ zone: 'a' })).toEqual({ 'kubernetes.io/os': 'linux', zone: 'a' });
  expect(selected({ 'kubernetes.io/os': null })).toBeUndefined();
});
