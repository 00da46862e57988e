/** What the API server is to take as it is: what people install, and the edges of what the props let through. */
import type { EventCollectorProps } from '../../src/index.ts';
import { scenarios } from '../src/scenarios.ts';

export type AppliedProps = Omit<EventCollectorProps, 'namespace'>;

/** As Pod Security "restricted" wants it: what others put beside the collector is theirs to say. */
const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

/** Texts that YAML of one kind or another takes for something else. */
const mistakable = {
  yes: 'yes',
  octal: '0755',
  float: '1e3',
  sexagesimal: '12:30:45',
  date: '2024-01-01',
  nothing: '',
  tilde: '~',
  lines: ' one\n\ttwo\n\n\nthree: "3" # no comment\n \n',
  carriage: 'one: 1 \r\n  two\r\n\r\n',
  directives: '---\n%YAML 1.1\n...\n',
  braces: '{{ .Values }} $(HOME) $$ \\ \' "',
  far: 'gr\u00fc\u00dfe \u{1f600} \ufeff',
};

const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

const longest = 'l'.repeat(63);

export const appliedScenarios: Readonly<Record<string, AppliedProps>> = {
  ...scenarios,
  customized: {
    ...scenarios.customized,
    extraContainers: scenarios.customized.extraContainers.map((each) => ({ ...each, securityContext: restricted })),
  },
  default: {},
  'three-replicas': { workload: 'Deployment', replicas: 3, disruptionBudget: { maxUnavailable: '50%' } },
  'no-budget': { workload: 'Deployment', replicas: 0, disruptionBudget: { create: false } },
  'pools-of-deployments': {
    workload: 'Deployment',
    pools: [
      { name: 'a', replicas: 1, updateStrategy: { type: 'Recreate' } },
      { name: 'b', priorityClassName: 'system-cluster-critical', nodeSelector: { 'kubernetes.io/os': null } },
    ],
  },
  'lock-configmap': { settings: { leaderElectionDefaultResource: 'configmap' } },
  'lock-endpoints': { settings: { leaderElectionDefaultResource: 'endpoints' } },
  'token-not-brought': { tokenConfigMap: { create: false } },
  'other-names': {
    name: 'carrier',
    watchNamespace: 'team-a',
    settings: {
      leaderLeaseName: 'carrier.lock',
      tokenName: 'carrier.token',
      kubeResourcesNamespace: 'team-b',
      healthPort: 65_535,
      drainTimeout: 0.5,
    },
  },
  'longest-names': {
    name: longest,
    pools: [{ name: longest }],
    settings: { leaderLeaseName: 'l'.repeat(253), tokenName: 't'.repeat(253) },
    settingsFile: { content: 'filters: []\n', key: `${'k'.repeat(248)}.yaml` },
  },
  'mistakable-texts': {
    labels: { a: 'yes', b: '0755', c: '1e3', d: '', e: 'null' },
    annotations: mistakable,
    podAnnotations: { on: 'on' },
    nodeSelector: { 'example.com/n': 'n' },
    // Of a variable without a text the API server keeps the name alone.
    extraEnv: Object.entries(mistakable).flatMap(([name, value]) => (value === '' ? [] : { name, value })),
    settingsFile: { content: [...Object.values(mistakable).filter((text) => !text.includes('\r')), ''].join('\n') },
    settings: { clusterName: '0x1f' },
  },
  everything: {
    labels: { 'example.com/team': 'platform' },
    annotations: { 'example.com/owner': 'platform' },
    imagePullPolicy: 'Always',
    imagePullSecrets: ['registry'],
    podLabels: { 'example.com/pod': 'a' },
    podAnnotations: { 'example.com/pod': 'a' },
    podSecurityContext: { fsGroupChangePolicy: 'OnRootMismatch', supplementalGroups: [2_000] },
    securityContext: { seccompProfile: { type: 'RuntimeDefault' }, runAsUser: 1_000 },
    extraEnv: [
      { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
      { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'more', key: 'word', optional: true } } },
    ],
    extraEnvFrom: [{ prefix: 'MORE_', configMapRef: { name: 'more', optional: true } }],
    extraVolumes: [
      { name: 'more', configMap: { name: 'more', optional: true } },
      { name: 'claimed', ephemeral: { volumeClaimTemplate: { spec: claim } } },
    ],
    extraVolumeMounts: [
      { name: 'more', mountPath: '/more', readOnly: true },
      { name: 'claimed', mountPath: '/claimed', subPath: 'events' },
    ],
    extraContainers: [{ name: 'sidecar', image: 'registry.example/sidecar:1', securityContext: restricted }],
    tolerations: [{ operator: 'Exists' }],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: 'zone', labelSelector: {} } },
        ],
      },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 2,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { a: 'b' } },
      },
    ],
    priorityClassName: 'system-node-critical',
    resources: { requests: { cpu: '50m', memory: '100Mi' }, limits: { cpu: '1', memory: '256Mi' } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    serviceAccount: { name: 'reader', labels: { 'example.com/sa': 'a' }, annotations: { 'example.com/sa': 'a' } },
    tokenConfigMap: {
      labels: { 'example.com/token': 'a' },
      annotations: { 'helm.sh/resource-policy': null, 'example.com/token': 'a' },
    },
    settingsFile: { content: 'filters: []\n', key: 'datadog.yaml' },
    podMonitor: {
      enabled: true,
      labels: { release: 'prometheus' },
      interval: '1m30s',
      scrapeTimeout: '10s',
      relabelings: [{ action: 'replace', targetLabel: 'cluster', replacement: 'prod' }],
      metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_.*' }],
    },
    networkPolicy: { enabled: true, apiServerPorts: [443, 6443, 8443] },
    settings: {
      leaderLeaseDuration: 30,
      clusterName: 'prod $(HOME)',
      startFrom: 'now',
      eventTtl: 7_200,
      checkpointInterval: 10,
      drainTimeout: 30,
      windowBytes: 1_048_576,
      logLevel: 'debug',
      sinks: [
        { type: 'stdout' },
        { type: 'file', path: '/claimed/events.jsonl', required: false, batch: { records: 10, bytes: 65_536 } },
        {
          type: 'http',
          name: 'logs',
          url: 'https://logs.example/in?a=$(HOME)',
          headers: { Authorization: { secretRef: { name: 'logs', key: 'token' } }, 'X-Team': 'platform' },
          format: 'ndjson',
          gzip: true,
          retry: { initial: 1, maximum: 10 },
        },
      ],
    },
  },
};
