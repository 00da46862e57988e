import { describe, expect, test } from 'vitest';
import { type EventCollectorProps, collectorManifests } from '../../../src/index.ts';
import { type Given, synthesized } from '../../chart/objects.ts';

const sink = {
  type: 'http',
  url: 'https://sink.example:8443/in',
  headers: { Authorization: { secretRef: { name: 'sink', key: 'token' }, prefix: 'Bearer ' } },
} as const;

/** The same wish, as a person says it to the chart and to the constructs. */
const wishes: Readonly<Record<string, readonly [Given, EventCollectorProps]>> = {
  'nothing said': [{}, {}],
  'a Deployment': [
    { workload: 'Deployment', replicaCount: 3, podDisruptionBudget: { maxUnavailable: '50%' } },
    { workload: 'Deployment', replicas: 3, disruptionBudget: { maxUnavailable: '50%' } },
  ],
  'one namespace, and a lock and token of its own': [
    {
      watchNamespace: 'a',
      leaderElectionResource: 'configmap',
      leaderLeaseName: 'b',
      tokenConfigMap: { name: 'c', create: false },
    },
    {
      watchNamespace: 'a',
      settings: { leaderElectionDefaultResource: 'configmap', leaderLeaseName: 'b', tokenName: 'c' },
      tokenConfigMap: { create: false },
    },
  ],
  'nothing cluster-scoped': [
    { watchNamespace: 'a', rbac: { clusterScope: false } },
    { watchNamespace: 'a', clusterScope: false },
  ],
  'settings, sinks and secrets': [
    {
      clusterName: '$(shop)',
      leaderLeaseDuration: 45,
      drainTimeout: 2.5,
      logLevel: 'debug',
      sinks: [sink],
      networkPolicy: { enabled: true },
    },
    {
      settings: {
        clusterName: '$(shop)',
        leaderLeaseDuration: 45,
        drainTimeout: 2.5,
        logLevel: 'debug',
        sinks: [sink],
      },
      networkPolicy: { enabled: true },
    },
  ],
  'what a pod may have besides': [
    {
      workload: 'Deployment',
      revisionHistoryLimit: 3,
      hostNetwork: true,
      dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
      hostAliases: [{ ip: '10.9.8.7', hostnames: ['a.example'] }],
      extraInitContainers: [{ name: 'wait', image: 'wait:1' }],
      livenessProbe: { periodSeconds: 30 },
      readinessProbe: { initialDelaySeconds: 5 },
      startupProbe: { enabled: true, failureThreshold: 60 },
    },
    {
      workload: 'Deployment',
      revisionHistoryLimit: 3,
      hostNetwork: true,
      dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
      hostAliases: [{ ip: '10.9.8.7', hostnames: ['a.example'] }],
      extraInitContainers: [{ name: 'wait', image: 'wait:1' }],
      livenessProbe: { periodSeconds: 30 },
      readinessProbe: { initialDelaySeconds: 5 },
      startupProbe: { failureThreshold: 60 },
    },
  ],
  'a settings file, labels, and what is extra': [
    {
      settingsFile: { content: 'a: 1\n' },
      commonLabels: { team: 'a' },
      podLabels: { team: 'b' },
      extraEnv: [{ name: 'NODE_OPTIONS', value: '' }],
      resources: { limits: { memory: '1Gi' } },
      podMonitor: { enabled: true, interval: '30s' },
    },
    {
      settingsFile: { content: 'a: 1\n' },
      labels: { team: 'a' },
      podLabels: { team: 'b' },
      extraEnv: [{ name: 'NODE_OPTIONS', value: '' }],
      resources: { requests: { cpu: '10m', memory: '80Mi' }, limits: { memory: '1Gi' } },
      podMonitor: { enabled: true, interval: '30s' },
    },
  ],
};

const helmsOwn = ['app.kubernetes.io/managed-by', 'helm.sh/chart'];

/** Comparable with what a chart renders: without what only Helm adds. */
function plain(objects: readonly object[]): readonly unknown[] {
  const told = objects.map(
    (object) =>
      JSON.parse(
        JSON.stringify(object, (key, value: unknown) => {
          if (helmsOwn.includes(key)) return undefined;
          return typeof value === 'bigint' ? Number(value) : value;
        }),
      ) as { kind: string; metadata: { name: string; namespace?: string; annotations?: Record<string, string> } },
  );
  return told
    .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined)
    .toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
}

function place({ kind, metadata }: { kind: string; metadata: { name: string; namespace?: string } }): string {
  return `${kind} ${metadata.namespace} ${metadata.name}`;
}

describe('a release and an EventCollector of one name are the same objects, but for the labels that only Helm sets:', () => {
  test.each(Object.entries(wishes))('%s', (_what, [values, props]) => {
    const release = synthesized(values, { release: 'eventbaton', namespace: 'eventbaton' });
    expect(plain(release)).toEqual(plain(collectorManifests(props)));
  });
});
