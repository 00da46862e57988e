import { describe, expect, test } from 'vitest';
import type { EventCollectorProps } from '../../src/index.ts';
import { daemonSet, workloads } from './manifests.ts';

const podOf = (props: EventCollectorProps) => daemonSet(props).spec.template.spec;
const variableOf = (extraEnv: EventCollectorProps['extraEnv']) =>
  podOf({ extraEnv: extraEnv ?? [] }).containers[0].env.filter(({ name }) => name === 'NODE_OPTIONS');

test('DNS, lines of /etc/hosts and init containers are in the pod as they are given', () => {
  const props = {
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['10.0.0.53'], options: [{ name: 'ndots', value: '1' }] },
    hostAliases: [{ ip: '10.9.8.7', hostnames: ['collector.corp.example'] }],
  } as const satisfies EventCollectorProps;
  const extraInitContainers = [{ name: 'wait', image: 'wait:1' }];
  expect(podOf({ ...props, extraInitContainers })).toMatchObject({ ...props, initContainers: extraInitContainers });
  for (const field of ['hostNetwork', 'dnsPolicy', 'dnsConfig', 'hostAliases', 'initContainers'])
    expect(podOf({})).not.toHaveProperty(field);
});

describe('a pod on the network of its node', () => {
  test('still finds Services, unless another DNS is asked for', () => {
    expect(podOf({ hostNetwork: true })).toMatchObject({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
    expect(podOf({ hostNetwork: true, dnsPolicy: 'Default' })).toMatchObject({ dnsPolicy: 'Default' });
  });

  test('of a Deployment makes room for its successor, whose port may be free nowhere else', () => {
    const strategyOf = (props: EventCollectorProps) =>
      workloads({ workload: 'Deployment', hostNetwork: true, ...props })[0]?.spec.strategy;
    expect(strategyOf({})).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } });
    expect(strategyOf({ updateStrategy: { type: 'Recreate' } })).toEqual({ type: 'Recreate' });
  });
});

describe('a probe', () => {
  test('has the timings that are given, and the default of the others', () => {
    const [container] = podOf({
      livenessProbe: { periodSeconds: 30, initialDelaySeconds: 0 },
      readinessProbe: { timeoutSeconds: 1, failureThreshold: undefined },
      startupProbe: {},
    }).containers;
    expect(container).toMatchObject({
      livenessProbe: {
        httpGet: { path: '/livez', port: 'health' },
        initialDelaySeconds: 0,
        periodSeconds: 30,
        timeoutSeconds: 5,
        failureThreshold: 4,
      },
      readinessProbe: { httpGet: { path: '/readyz' }, periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 3 },
      startupProbe: { httpGet: { path: '/livez' }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 30 },
    });
  });

  test('of the start is there only if it is asked for', () => {
    expect(podOf({}).containers[0]).not.toHaveProperty('startupProbe');
  });
});

test('the number of revisions that are kept is the whole’s, or a pool’s own', () => {
  const pools = [{ name: 'a' }, { name: 'b', revisionHistoryLimit: 0 }];
  const limits = workloads({ revisionHistoryLimit: 3, pools }).map(({ spec }) => spec);
  expect(limits).toMatchObject([{ revisionHistoryLimit: 3 }, { revisionHistoryLimit: 0 }]);
  expect(daemonSet({}).spec).not.toHaveProperty('revisionHistoryLimit');
});

describe('NODE_OPTIONS of a user', () => {
  const own = '--max-semi-space-size=4';

  test('is added to that of the construct, behind it: Node takes the last of two that say the same', () => {
    expect(variableOf([])).toEqual([{ name: 'NODE_OPTIONS', value: own }]);
    const value = '--max-old-space-size=256 --max-semi-space-size=8';
    expect(variableOf([{ name: 'NODE_OPTIONS', value }])).toEqual([{ name: 'NODE_OPTIONS', value: `${own} ${value}` }]);
    expect(variableOf([{ name: 'NODE_OPTIONS' }])).toEqual([{ name: 'NODE_OPTIONS', value: own }]);
  });

  test('keeps its place, so that it may refer to a variable before it', () => {
    const { env } = podOf({
      extraEnv: [
        { name: 'HEAP', value: '256' },
        { name: 'NODE_OPTIONS', value: '--max-old-space-size=$(HEAP)' },
      ],
    }).containers[0];
    expect(env.slice(-2)).toEqual([
      { name: 'HEAP', value: '256' },
      { name: 'NODE_OPTIONS', value: `${own} --max-old-space-size=$(HEAP)` },
    ]);
  });
});
