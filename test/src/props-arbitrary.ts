/** Props as people, and their mistakes, could write them. */
import { fc } from '../support/fast-check.ts';
import type { EventCollectorProps, NodePool, SecretKey } from '../../src/index.ts';

/** What templates, shells, YAML and JavaScript take for something else. */
export const nastyTexts: readonly string[] = [
  '',
  ' ',
  'true',
  'null',
  '~',
  '012',
  '1e3',
  '-',
  '---',
  '...',
  '# no comment',
  'a: b',
  '{{ .Values.x }}',
  '{{ "}}" }}',
  '$(DD_POD_NAME)',
  '$$(x)',
  '`"\'',
  "it's",
  '"quoted"',
  'two\nlines',
  'ends in a line\n',
  '\n\nbegins late',
  ' indented\n  more\n',
  'carriage\rreturn\r\n',
  'tab\tand \u0007',
  '\ufeff',
  '0x1f',
  '0b1',
  '1_000',
  '_7',
  'naïve ☃ 🎲',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  'a'.repeat(64),
  'a'.repeat(300),
];

const nasty = fc.constantFrom(...nastyTexts);
/** Text that a tag or a field may be. */
const tag = fc.oneof(
  fc.stringMatching(/^[a-z]{1,8}:[a-z0-9]{1,8}$/),
  fc.constantFrom('a$(B)', '"<&>\\', "it's: {{ x }}", '#1'),
);

const anyText = fc.oneof(nasty, fc.string({ unit: 'grapheme' }));
const word = fc.constantFrom('a', 'b-c', 'a-b', 'events', 'eventbaton-settings', '0', 'x'.repeat(63));
const key = fc.constantFrom('team', 'example.com/team', 'a.b_c-D', '0', 'toString');

/** Mostly fine, so that most props are not refused for one of their many texts. */
const mostly = <T>(fine: fc.Arbitrary<T>, otherwise: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: fine, weight: 60 }, { arbitrary: otherwise, weight: 1 });

const name = mostly(word, anyText);
const optional = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<Partial<T>>;
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const map = <T>(keys: fc.Arbitrary<string>, values: fc.Arbitrary<T>) =>
  fc.dictionary(keys, values, { maxKeys: 3, noNullPrototype: true });
const labels = map(mostly(key, anyText), mostly(fc.constantFrom('', 'true', '012', 'a.B_c-d'), anyText));
const annotations = map(mostly(key, fc.oneof(fc.constant('Example.com/Team'), anyText)), anyText);
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 3 });
const few = <T>(arbitrary: fc.Arbitrary<T>, selector: (value: T) => unknown) =>
  mostly(fc.uniqueArray(arbitrary, { maxLength: 3, selector }), some(arbitrary));

const variable = record({
  name: mostly(fc.constantFrom('TZ', 'NODE_OPTIONS', 'DD_CLUSTER_NAME', '__proto__', 'constructor', 'a.b-c'), anyText),
  value: anyText,
});
const volumeName = mostly(fc.constantFrom('events', 'more'), fc.oneof(fc.constantFrom('settings', 'secrets'), anyText));
const volumes = few(record({ name: volumeName, emptyDir: fc.constant({}) }), ({ name: volume }) => volume);
const containers = few(
  record({
    name: mostly(fc.constantFrom('sidecar', 'shipper'), anyText),
    image: fc.constant('sidecar:1'),
    args: some(anyText),
  }),
  (container) => container.name,
);

const placement = {
  nodeSelector: mostly<Readonly<Record<string, string | null>>>(map(key, fc.constantFrom('', 'true', null)), labels),
  tolerations: some(record({ key: key, operator: fc.constant('Exists' as const) })),
  affinity: fc.constantFrom({ podAntiAffinity: {} }, {}),
  priorityClassName: name,
  resources: fc.constantFrom({ requests: { cpu: 1, memory: '80Mi' } }, {}),
  revisionHistoryLimit: mostly(fc.nat(3), fc.constant(-1)),
};

const pool = fc.record(
  { name, ...placement },
  { requiredKeys: ['name'], noNullPrototype: true },
) as fc.Arbitrary<NodePool>;

const secretRef = record({
  name: mostly(fc.constantFrom('sink', 'a.b'), anyText),
  key: mostly(fc.constantFrom('token', 'ca.crt'), anyText),
});
const sinks = fc.uniqueArray(
  fc.oneof(
    fc.constant({ type: 'stdout' as const }),
    record({ type: fc.constant('file' as const), path: mostly(fc.constant('/events/x'), anyText) }),
    record({
      type: fc.constant('http' as const),
      url: mostly(fc.constantFrom('https://sink.example/in', 'http://[::1]:8080/?a=$(b)'), anyText),
      headers: map(
        mostly(fc.constantFrom('X-Tenant', 'Authorization', '__proto__'), anyText),
        mostly<string | { secretRef: SecretKey }>(record({ secretRef }), nasty),
      ),
    }),
  ),
  { minLength: 1, maxLength: 3, selector: ({ type }) => type },
);

export const workloadProps: fc.Arbitrary<EventCollectorProps> = fc.oneof(
  fc.constant({}),
  optional<EventCollectorProps>({
    workload: fc.constant('Deployment' as const),
    replicas: mostly(fc.nat(5), fc.constantFrom(-1, 1.5, Number.NaN)),
  }),
);

export const anyProps: fc.Arbitrary<EventCollectorProps> = fc
  .tuple(
    workloadProps,
    optional<EventCollectorProps>({
      ...placement,
      namespace: name,
      name,
      watchNamespace: name,
      settings: optional({
        tokenName: name,
        leaderLeaseName: name,
        kubeResourcesNamespace: name,
        clusterName: anyText,
        tags: fc.array(tag, { maxLength: 4 }),
        fields: fc.dictionary(tag, tag, { maxKeys: 4 }),
        sinks,
      }),
      settingsFile: fc.oneof(
        optional({
          content: mostly(
            anyText.filter((text) => text !== ''),
            anyText,
          ),
          key: mostly(fc.constantFrom('datadog.yaml', 'a'), anyText),
        }),
        record({ configMapName: name }),
      ),
      pools: few(pool, ({ name: of }) => of).filter((pools) => pools.length > 0),
      serviceAccount: optional({ create: fc.boolean(), name, labels, annotations }),
      createRoles: fc.boolean(),
      clusterScope: mostly(fc.constant(true), fc.constant(false)),
      tokenConfigMap: optional({ create: fc.boolean(), labels, annotations }),
      podMonitor: optional({
        enabled: fc.boolean(),
        labels,
        interval: mostly(fc.constantFrom('30s', '1m30s'), anyText),
      }),
      networkPolicy: optional({ enabled: fc.boolean(), apiServerPorts: some(mostly(fc.nat(65_535), fc.constant(-1))) }),
      labels,
      annotations,
      podLabels: labels,
      podAnnotations: annotations,
      image: mostly(fc.constantFrom('eb:1', 'registry.example:5000/eb@sha256:0'), anyText),
      imagePullSecrets: some(name),
      extraEnv: few(variable, (one) => one.name),
      extraVolumes: volumes,
      extraContainers: containers,
      extraInitContainers: containers,
      hostNetwork: fc.boolean(),
      dnsPolicy: fc.constantFrom('ClusterFirst' as const, 'None' as const),
      dnsConfig: fc.constantFrom({ nameservers: ['10.0.0.53'] }, {}),
      hostAliases: some(
        record({
          ip: mostly(fc.constantFrom('10.0.0.1', '::1'), anyText),
          hostnames: some(mostly(fc.constant('a.b'), anyText)),
        }),
      ),
      livenessProbe: optional({ initialDelaySeconds: fc.nat(9), periodSeconds: mostly(fc.constant(3), fc.nat(9)) }),
      readinessProbe: optional({ timeoutSeconds: mostly(fc.constant(3), fc.nat(9)) }),
      startupProbe: optional({ failureThreshold: mostly(fc.constant(3), fc.nat(9)) }),
    }),
  )
  .map(([workload, props]) => ({ ...props, ...workload }));
