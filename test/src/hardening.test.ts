import { describe, expect, test } from 'vitest';
import type { EventCollectorProps } from '../../src/index.ts';
import { hardeningOf, hardeningPoints } from './hardening.ts';
import { daemonSet, type PodSpec, workloads } from './manifests.ts';
import { scenarioNames, scenarios } from './scenarios.ts';

const digest = `sha256:${'0f'.repeat(32)}`;

const podsOf = (props: EventCollectorProps): readonly PodSpec[] =>
  workloads(props).map(({ spec }) => spec.template.spec);

const kinds: readonly (readonly [string, EventCollectorProps, pods: number])[] = [
  ['a DaemonSet', {}, 1],
  ['a Deployment', { workload: 'Deployment' }, 1],
  ['pools', { pools: [{ name: 'a' }, { name: 'b' }] }, 2],
  ['pools of Deployments', { workload: 'Deployment', pools: [{ name: 'a' }, { name: 'b' }] }, 2],
];

const all = [
  ...kinds.map(([what, props]) => [what, props] as const),
  ...scenarioNames.map((name): readonly [string, EventCollectorProps] => [name, scenarios[name]]),
];

describe.each(kinds)('the pods of %s', (_, props, pods) => {
  test('have all points of hardening but the digest, and all with a digest', () => {
    const withDigest = { ...props, image: `registry.example/eventbaton:1@${digest}` };
    const counted = podsOf(props).map((pod) => hardeningOf(pod));
    expect(counted).toEqual(Array(pods).fill(hardeningPoints.slice(0, -1)));
    expect(podsOf(withDigest).map((pod) => hardeningOf(pod))).toEqual(Array(pods).fill(hardeningPoints));
  });

  test('have exactly the security contexts that Pod Security "restricted" asks for, and a read-only root', () => {
    expect(podsOf(props)).toHaveLength(pods);
    for (const { securityContext, containers } of podsOf(props)) {
      expect(securityContext).toEqual({
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        fsGroup: 65_532,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(containers.map((container) => container.securityContext)).toEqual([
        {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          privileged: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
        },
      ]);
    }
  });

  test('have 20 s more to end than a hand-over may wait for sinks, rounded up', () => {
    const graceOf = (drainTimeout: number | undefined) =>
      podsOf({ ...props, settings: { drainTimeout } }).map((pod) => pod.terminationGracePeriodSeconds);
    expect(graceOf(undefined)).toEqual(Array(pods).fill(30));
    expect(graceOf(45)).toEqual(Array(pods).fill(65));
    expect(graceOf(0.5)).toEqual(Array(pods).fill(21));
  });
});

describe.each(all)('the pods of %s', (_, props) => {
  test('see nothing of their node', () => {
    for (const pod of podsOf(props)) {
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod).not.toHaveProperty(field);
      expect(pod.initContainers).toEqual(props.extraInitContainers);
      expect(JSON.stringify(pod)).not.toMatch(/"hostP(ath|ort)"/);
    }
  });

  test('hold only volumes that Pod Security "restricted" allows', () => {
    const sources = podsOf(props).flatMap(({ volumes }) =>
      volumes.flatMap(({ name: _name, ...source }) => Object.keys(source)),
    );
    expect(sources.filter((source) => !['configMap', 'projected', 'emptyDir', 'secret'].includes(source))).toEqual([]);
  });
});

describe('the count of hardening points', () => {
  const pod = daemonSet().spec.template.spec;
  const without = (part: object, from: PodSpec = pod) =>
    hardeningPoints.filter(
      (point) => !hardeningOf({ ...from, containers: [{ ...from.containers[0], ...part }] }).includes(point),
    );
  const context = (part: object) => ({ securityContext: { ...pod.containers[0].securityContext, ...part } });

  test.each([
    ['not root', context({ runAsNonRoot: false })],
    ['read-only root', context({ readOnlyRootFilesystem: undefined })],
    ['no privilege escalation', context({ allowPrivilegeEscalation: undefined })],
    ['no capabilities', context({ capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } })],
    ['not privileged', context({ privileged: true })],
    ['seccomp profile', context({ seccompProfile: { type: 'Unconfined' } })],
    ['CPU request', { resources: { limits: { memory: '1Mi' } } }],
    ['memory limit', { resources: { requests: { cpu: 1 } } }],
    ['liveness probe', { livenessProbe: undefined }],
    ['readiness probe', { readinessProbe: undefined }],
    ['tag', { image: 'registry.example:5000/eventbaton' }],
    ['tag', { image: 'eventbaton:latest' }],
  ])('misses "%s"', (point, part) => {
    expect(without(part)).toEqual([point, 'digest']);
  });

  test('is that of props which take a field away, too', () => {
    const props = { securityContext: { readOnlyRootFilesystem: null }, podSecurityContext: { seccompProfile: null } };
    expect(without({}, daemonSet(props).spec.template.spec)).toEqual(['read-only root', 'seccomp profile', 'digest']);
  });

  test('keeps what props do not name, within a field as well', () => {
    const props = {
      securityContext: { capabilities: { add: ['NET_RAW'] } },
      podSecurityContext: { runAsUser: 70_000 },
    };
    const { securityContext, containers } = daemonSet(props).spec.template.spec;
    expect(containers[0].securityContext['capabilities']).toEqual({ drop: ['ALL'], add: ['NET_RAW'] });
    expect(securityContext).toMatchObject({ runAsUser: 70_000, runAsGroup: 65_532, runAsNonRoot: true });
  });
});
