import { stringify } from 'yaml';
import { sinksExample } from '../values/sinks.ts';

/** Sets of values that a test installs, as chart-testing does: one for each way of use. */
export function ciValues(): ReadonlyMap<string, string> {
  return new Map(Object.entries(sets).map(([name, text]) => [`ci/${name}-values.yaml`, text]));
}

const sets = {
  default: '{}\n',
  deployment: stringify({
    workload: 'Deployment',
    replicaCount: 3,
    podDisruptionBudget: { maxUnavailable: '50%' },
    priorityClassName: 'system-cluster-critical',
  }),
  'one-namespace': stringify({
    watchNamespace: 'default',
    leaderElectionResource: 'configmap',
    tokenConfigMap: { create: false },
  }),
  sinks: `sinks:
${sinksExample.replaceAll(/^(?=.)/gm, '  ')}extraVolumes:
  - name: events
    emptyDir: {}
extraVolumeMounts:
  - name: events
    mountPath: /events
networkPolicy:
  enabled: true
`,
  customized: stringify({
    commonLabels: { team: 'platform' },
    commonAnnotations: { 'example.com/owner': 'platform' },
    podAnnotations: { 'example.com/scraped': 'true' },
    extraEnv: [{ name: 'NODE_OPTIONS', value: '--max-semi-space-size=8' }],
    revisionHistoryLimit: 3,
    dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
    hostAliases: [{ ip: '10.9.8.7', hostnames: ['collector.corp.example'] }],
    startupProbe: { enabled: true },
    livenessProbe: { periodSeconds: 30 },
    settingsFile: { content: 'log_level: debug\n' },
    tolerations: [{ operator: 'Exists' }],
    leaderLeaseDuration: 60,
  }),
} as const;
