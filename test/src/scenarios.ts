/** What people install, each by the props that it takes. */
import type { EventCollectorProps } from '../../src/index.ts';

export const scenarios = {
  deployment: { workload: 'Deployment' },
  pools: {
    pools: [
      { name: 'workers' },
      {
        name: 'control-plane',
        nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
        tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
        resources: { requests: { cpu: '20m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      },
    ],
  },
  'existing-objects': {
    createRoles: false,
    serviceAccount: { create: false, name: 'event-reader' },
    tokenConfigMap: { create: false },
    settingsFile: { configMapName: 'event-settings', key: 'datadog.yaml' },
  },
  'watch-namespace': { watchNamespace: 'team-a' },
  'settings-file': { settingsFile: { content: 'filters:\n  - type: Warning\n' } },
  'sink-secrets': {
    settings: {
      sinks: [
        {
          type: 'http',
          url: 'https://logs.example:8443/in',
          headers: { Authorization: { secretRef: { name: 'log-sink', key: 'token' }, prefix: 'Bearer ' } },
          ca: { secretRef: { name: 'log-ca', key: 'ca.crt' } },
        },
        {
          type: 'http',
          name: 'hook',
          url: { secretRef: { name: 'hook', key: 'url' } },
          port: 8443,
          basic: {
            username: { secretRef: { name: 'receiver', key: 'username' } },
            password: { secretRef: { name: 'receiver', key: 'password' } },
          },
          ca: { configMapRef: { name: 'company-ca', key: 'ca.crt' } },
          cert: { secretRef: { name: 'client', key: 'tls.crt' } },
          key: { secretRef: { name: 'client', key: 'tls.key' } },
          proxy: 'http://proxy.example:3128',
        },
      ],
    },
  },
  monitoring: {
    podMonitor: {
      enabled: true,
      labels: { release: 'prometheus' },
      interval: '30s',
      relabelings: [{ action: 'labeldrop', regex: 'pod' }],
    },
    networkPolicy: {
      enabled: true,
      ingressFrom: [{ namespaceSelector: { matchLabels: { team: 'monitoring' } } }],
      egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 9092, protocol: 'TCP' }] }],
    },
    settings: { sinks: [{ type: 'http', url: 'http://logs.example:8080/in' }] },
  },
  'pod-options': {
    revisionHistoryLimit: 3,
    dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
    hostAliases: [{ ip: '10.9.8.7', hostnames: ['collector.corp.example'] }],
    livenessProbe: { periodSeconds: 30 },
    readinessProbe: { timeoutSeconds: 1 },
    startupProbe: { failureThreshold: 60 },
    extraInitContainers: [
      {
        name: 'certificates',
        image: 'registry.example/certificates:1',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
  customized: {
    image: 'registry.example/eventbaton@sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0',
    labels: { team: 'platform' },
    annotations: { owner: 'platform@example.com' },
    podAnnotations: { 'example.com/scrape': 'false' },
    extraEnv: [
      { name: 'NODE_OPTIONS', value: '--max-old-space-size=256' },
      { name: 'TZ', value: 'UTC' },
    ],
    extraVolumes: [{ name: 'events', emptyDir: { sizeLimit: '1Gi' } }],
    extraVolumeMounts: [{ name: 'events', mountPath: '/events' }],
    extraContainers: [
      {
        name: 'shipper',
        image: 'registry.example/shipper:1',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        volumeMounts: [{ name: 'events', mountPath: '/events', readOnly: true }],
      },
    ],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['arm64'] }] }],
        },
      },
    },
    updateStrategy: { type: 'OnDelete' },
    settings: { sinks: [{ type: 'file', path: '/events/events.jsonl' }] },
  },
} as const satisfies Readonly<Record<string, EventCollectorProps>>;

export type Scenario = keyof typeof scenarios;
export const scenarioNames = Object.keys(scenarios) as readonly Scenario[];
