import { fc } from '../support/fast-check.ts';
import { ownHeaders, secretNames } from '../../runtime/src/contract/http-headers.ts';
import { isFilePath } from '../../runtime/src/contract/secret-place.ts';
import { releaseLabels } from '../../src/labels.ts';
import type { Given, ReleaseName } from './objects.ts';

/** Text that YAML, Go templates, shells or kubelets could take for something else. */
const nasty = fc.constantFrom(
  'true',
  'no',
  '012',
  '1e3',
  '0x1F',
  '1_000',
  '12:30',
  'null',
  '~',
  '.',
  '..',
  '-',
  'a: b',
  '# x',
  '- x',
  '*a',
  '&b',
  '!t',
  '%',
  '{{ .Values }}',
  '{{',
  '}}',
  '"q"',
  "it's",
  'multi\nline',
  'ends\n',
  '\ttab',
  'é\u0001',
  '\u2028',
  '<&>',
  '$(HOME)',
  '$$',
  '%v',
  '|',
  '>',
);
/** Text that a tag or a field may be. */
const tag = fc.oneof(
  fc.stringMatching(/^[a-z]{1,8}:[a-z0-9]{1,8}$/),
  fc.constantFrom('a$(B)', '"<&>\\', "it's: {{ x }}", '#1'),
);

export const anyText = fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme', maxLength: 12 }), nasty);
const someText = anyText.filter((text) => text !== '');
const dnsName = fc.stringMatching(/^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$/);
const longName = fc.stringMatching(/^[a-z]([-a-z0-9]{0,70}[a-z0-9])?$/);
const emptyOr = <T>(of: fc.Arbitrary<T>) => fc.oneof(fc.constant('' as const), of);
const key = fc.stringMatching(/^[a-z][a-z0-9./-]{0,10}[a-z0-9]$/).filter((label) => !releaseLabels.includes(label));
const texts = fc.dictionary(key, anyText, { maxKeys: 3, noNullPrototype: true });
const scalars = fc.oneof(anyText, fc.boolean(), fc.integer({ min: -1, max: 5_000_000 }), fc.constantFrom(0.5, 1.25e21));
const wire = fc.dictionary(key, fc.oneof(scalars, fc.array(scalars, { maxLength: 2 }), texts), {
  maxKeys: 3,
  noNullPrototype: true,
});
const wires = fc.array(
  wire.filter((one) => Object.keys(one).length > 0),
  { maxLength: 2 },
);
const named = fc.array(
  fc.tuple(dnsName, wire).map(([name, more]) => ({ name, ...more })),
  { maxLength: 2 },
);
const seconds = fc.oneof(
  fc.integer({ min: 1, max: 1_000_000 }),
  fc.double({ min: 0.001, max: 1_000_000, noNaN: true }),
);
const port = fc.integer({ min: 1, max: 65_535 });
const some = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { requiredKeys: [] });
const optional = <T>(of: fc.Arbitrary<T>) => fc.oneof(fc.constant(null), of);

const waits = fc.double({ min: 0.001, max: 3_600, noNaN: true });

const secretRef = fc.record({ name: dnsName, key: fc.stringMatching(/^[.]?[-_a-zA-Z0-9][-._a-zA-Z0-9]{0,9}$/) });
const filePath = anyText.map((name) => `/${name}`).filter(isFilePath);
const secretPlace = fc.oneof(fc.record({ secretRef }), fc.record({ env: someText }), fc.record({ file: filePath }));
const secretHeader = fc.oneof(
  fc.record({ secretRef, prefix: anyText }, { requiredKeys: ['secretRef'] }),
  fc.record({ env: someText }),
  fc.record({ file: filePath }),
);
const header = fc.oneof(anyText, secretHeader);
const plainName = fc
  .stringMatching(/^[A-Za-z-]{1,8}$/)
  .filter((name) => !secretNames.test(name.toLowerCase()) && !ownHeaders.has(name.toLowerCase()));
const plainHeaders = fc.dictionary(plainName, header, { maxKeys: 3, noNullPrototype: true });
const secretName = fc.constantFrom('Authorization', 'X-API-Key', 'token');
const headers = fc
  .tuple(plainHeaders, fc.dictionary(secretName, secretHeader, { maxKeys: 2, noNullPrototype: true }))
  .map(([plain, secret]) => ({ ...plain, ...secret }));
const url = fc.constantFrom(
  'HTTP://A.example',
  'Https://a.example/@',
  'https://a.example',
  'https://a.example:8443/x?y=:1',
  'http://b:80',
  'http://c/:9',
  'https://[::1]:4318/v1',
  'http://d?x',
);
const proxy = fc.oneof(fc.constantFrom('none', 'http://proxy', 'HTTP://proxy:3128/', 'http://[::1]:8080'), secretPlace);
/** Without what the options of a sink must not be together, and with the port that a NetworkPolicy needs where a secret says it. */
const consistent = (sink: object): object => {
  const { cert, key: privateKey, basic, ...others } = sink as Readonly<Record<string, unknown>>;
  const { url: target, proxy: next, headers: given = {} } = others;
  const isSecret = [target, next].some((part) => typeof part === 'object');
  return {
    ...(isSecret ? { port: 4318 } : {}),
    ...others,
    ...(cert === undefined || privateKey === undefined ? {} : { cert, key: privateKey }),
    ...(basic === undefined || 'Authorization' in (given as object) ? {} : { basic }),
  };
};
const rotation = fc.record(
  { bytes: fc.integer({ min: 1, max: 2 ** 40 }), keep: fc.integer({ min: 1, max: 1_000 }) },
  { requiredKeys: ['bytes'] },
);
const sink = fc.oneof(
  fc.record({ type: fc.constant('stdout'), name: dnsName, required: fc.boolean() }, { requiredKeys: ['type'] }),
  fc.record({ type: fc.constant('file'), path: filePath, rotate: rotation }, { requiredKeys: ['type', 'path'] }),
  fc.record(
    {
      type: fc.constant('http'),
      url: fc.oneof(url, secretPlace),
      port,
      headers,
      basic: fc.record({ username: fc.oneof(fc.constant('hunter'), secretPlace), password: secretPlace }),
      contentType: fc.constantFrom('text/plain', 'application/cloudevents-batch+json; charset=utf-8'),
      ca: fc.oneof(fc.record({ secretRef }), fc.record({ configMapRef: secretRef }), fc.record({ file: filePath })),
      cert: secretPlace,
      key: secretPlace,
      proxy,
      gzip: fc.boolean(),
      timeout: waits,
      onConflict: fc.constantFrom('retry', 'accept'),
      retry: some({ initial: waits, maximum: waits }),
      batch: fc.record({
        records: fc.integer({ min: 1, max: 100_000 }),
        bytes: fc.integer({ min: 1, max: 67_108_864 }),
      }),
    },
    { requiredKeys: ['type', 'url'] },
  ),
);
const pullSecrets = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.record({ name: fc.constantFrom('a', 'b') })), {
  maxLength: 4,
});
const fileName = fc.stringMatching(/^[-._a-zA-Z0-9]{1,10}\.ya?ml$/);
const proxyVariable = fc.record({
  name: fc.constantFrom('HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'NO_PROXY'),
  value: fc.oneof(
    anyText,
    fc.constantFrom('proxy:3128', 'http://u:1@proxy', 'HTTP://[::1]:8080/', 'socks5://proxy:1', 'https://proxy:2', ''),
  ),
});
const anyVariable = fc.record({
  name: fc.oneof(
    fc.stringMatching(/^[A-Z_]{1,8}$/),
    fc.constantFrom(
      'DD_LEADER_ELECTION',
      'NODE_OPTIONS',
      'DD_POD_NAME',
      'EVENTBATON_SINKS',
      'DD_CLUSTER_NAME',
      'EVENTBATON_POD_UID',
    ),
  ),
  value: anyText,
});
const variable = fc.oneof({ weight: 3, arbitrary: anyVariable }, { weight: 1, arbitrary: proxyVariable });

const count = fc.integer({ min: 1, max: 5_000_000 });
const timings = {
  initialDelaySeconds: optional(fc.integer({ min: 0, max: 5_000_000 })),
  periodSeconds: count,
  timeoutSeconds: count,
  failureThreshold: count,
};

export const randomValues: fc.Arbitrary<Given> = some<Record<string, unknown>>({
  nameOverride: emptyOr(longName),
  fullnameOverride: emptyOr(longName),
  commonLabels: optional(texts),
  commonAnnotations: optional(texts),
  global: some({
    imageRegistry: fc.oneof(anyText, fc.constantFrom('mirror.example', 'mirror.example:5000/all/')),
    imagePullSecrets: pullSecrets,
    ofAnother: anyText,
  }),
  image: some({
    repository: fc.oneof(someText, fc.constantFrom('mirror.example/eventbaton', 'mirror.example:5000/all/eb')),
    tag: anyText,
    digest: emptyOr(fc.stringMatching(/^sha256:[0-9a-f]{64}$/)),
    pullPolicy: fc.constantFrom('Always', 'IfNotPresent', 'Never'),
  }),
  imagePullSecrets: pullSecrets,
  workload: fc.constantFrom('DaemonSet', 'Deployment'),
  replicaCount: fc.integer({ min: 0, max: 5_000_000 }),
  podDisruptionBudget: some({
    create: fc.boolean(),
    maxUnavailable: fc.oneof(
      fc.integer({ min: 0, max: 5_000_000 }),
      fc.integer({ min: 0, max: 100 }).map((share) => `${share}%`),
    ),
  }),
  collectEvents: fc.boolean(),
  leaderElection: fc.boolean(),
  leaderLeaseDuration: optional(seconds),
  leaderElectionResource: fc.constantFrom('lease', 'configmap', 'endpoints'),
  leaderLeaseName: dnsName,
  tokenConfigMap: some({ create: fc.boolean(), name: dnsName, labels: optional(texts), annotations: optional(texts) }),
  clusterName: anyText,
  tags: fc.array(tag, { maxLength: 4 }),
  fields: optional(fc.dictionary(tag, tag, { maxKeys: 4 })),
  watchNamespace: emptyOr(dnsName),
  startFrom: fc.constantFrom('', 'all', 'now'),
  eventTtl: optional(seconds),
  checkpointInterval: optional(seconds),
  drainTimeout: seconds,
  windowBytes: optional(fc.integer({ min: 65_536, max: 1_073_741_824 })),
  logLevel: fc.constantFrom('', 'error', 'debug'),
  healthPort: port,
  sinks: fc.array(sink.map(consistent), { maxLength: 3 }),
  settingsFile: fc.oneof(
    some({ content: anyText, existingConfigMap: fc.constant(''), key: fileName }),
    some({ existingConfigMap: emptyOr(dnsName), key: fileName }),
  ),
  serviceAccount: some({
    create: fc.boolean(),
    name: emptyOr(dnsName),
    labels: optional(texts),
    annotations: optional(texts),
  }),
  rbac: some({ create: fc.boolean(), clusterScope: fc.boolean() }),
  podLabels: optional(texts),
  podAnnotations: optional(texts),
  podSecurityContext: wire,
  securityContext: wire,
  resources: wire,
  nodeSelector: texts,
  tolerations: wires,
  affinity: wire,
  topologySpreadConstraints: wires,
  priorityClassName: anyText,
  updateStrategy: wire,
  revisionHistoryLimit: optional(fc.integer({ min: 0, max: 5_000_000 })),
  hostNetwork: fc.boolean(),
  dnsPolicy: fc.constantFrom('', 'ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
  dnsConfig: wire,
  hostAliases: fc.array(fc.record({ ip: anyText, hostnames: fc.array(anyText, { maxLength: 2 }) }), { maxLength: 2 }),
  livenessProbe: some(timings),
  readinessProbe: some(timings),
  startupProbe: some({ enabled: fc.boolean(), ...timings }),
  extraEnv: fc.array(variable, { maxLength: 3 }),
  extraEnvFrom: wires,
  extraVolumes: named,
  extraVolumeMounts: named,
  extraContainers: named,
  extraInitContainers: named,
  podMonitor: some({
    enabled: fc.boolean(),
    labels: optional(texts),
    interval: anyText,
    scrapeTimeout: anyText,
    relabelings: wires,
    metricRelabelings: wires,
  }),
  networkPolicy: some({
    enabled: fc.boolean(),
    ingressFrom: wires,
    apiServerPorts: fc.array(port, { maxLength: 3 }),
    egress: wires,
  }),
  extraObjects: fc.array(
    fc.record({
      apiVersion: fc.constant('v1'),
      kind: fc.constant('ConfigMap'),
      metadata: dnsName.map((name) => ({ name, namespace: 'extra' })),
      data: texts,
    }),
    { maxLength: 1 },
  ),
})
  .filter(isAccepted)
  .map((given) => structuredClone(given));

/** Only with one namespace can what is cluster-scoped be left out. */
export function isAccepted({ rbac, watchNamespace }: Given): boolean {
  return (rbac as Given | undefined)?.['clusterScope'] !== false || Boolean(watchNamespace);
}

export const randomRelease: fc.Arbitrary<ReleaseName> = fc.record({
  release: fc.oneof(
    fc.stringMatching(/^[a-z]([-a-z0-9]{0,50}[a-z0-9])?$/),
    fc.constantFrom('eventbaton', 'my-eventbaton-2'),
  ),
  namespace: dnsName,
});
