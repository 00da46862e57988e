import { expect, test } from 'vitest';
import { collectorManifests, type EventCollectorProps } from '../../src/index.ts';
import { problemsWith } from './manifests.ts';

const long = 'a'.repeat(254);
const volume = { name: 'events', emptyDir: {} };
const kept = { kubeResourcesNamespace: 'kept' };
const settingsFile = { content: 'filters: []\n' };
const mountAt = (mountPath: string) => ({ extraVolumes: [volume], extraVolumeMounts: [{ name: 'events', mountPath }] });
const variable = (name: string) => ({ extraEnv: [{ name, value: 'x' }] });

test.each<readonly [problem: string, props: EventCollectorProps]>([
  ['name: "A"', { name: 'A' }],
  ['name: "a.b"', { name: 'a.b' }],
  ...['team1-a,team1-b', ['team1-a', 'team1-b'], 'team1-*'].map(
    (watchNamespace) =>
      [
        'settings: EVENTBATON_NAMESPACE: must be one namespace, not a list or a pattern: a collector has one watch',
        { watchNamespace: watchNamespace as string },
      ] as const,
  ),
  ['clusterScope: only a ClusterRole lets collectors read', { clusterScope: false }],
  ['namespace: "a b"', { namespace: 'a b', settings: kept }],
  ['namespace: "two\\nlines"', { namespace: 'two\nlines', settings: kept }],
  ['settings: EVENTBATON_NAMESPACE', { watchNamespace: 'A' }],
  [
    'settings: EVENTBATON_SINKS.0.headers.two\\nlines: is not the name of a header',
    { settings: { sinks: [{ type: 'http', url: 'https://a.example', headers: { 'two\nlines': 'x' } }] } },
  ],
  ['settings.healthPort: 0', { settings: { healthPort: 0 } }],
  [
    'workload: "Daemonset" must be one of DaemonSet, Deployment; did you mean DaemonSet?',
    { workload: 'Daemonset' as 'DaemonSet' },
  ],
  ['imagePullPolicy: "Maybe"', { imagePullPolicy: 'Maybe' as 'Always' }],
  ['image: ""', { image: '' }],
  ['image: "eventbaton:1\\n"', { image: 'eventbaton:1\n' }],
  ['imagePullSecrets: "A"', { imagePullSecrets: ['a', 'A'] }],
  ['priorityClassName: "A"', { priorityClassName: 'A' }],
  ['priorityClassName: "B"', { pools: [{ name: 'a', priorityClassName: 'B' }] }],
  ['serviceAccount.name: "a..b"', { serviceAccount: { name: 'a..b' } }],
  ['serviceAccount.name: must name the one to use', { serviceAccount: { create: false } }],
  ['replicas: 1.5', { workload: 'Deployment', replicas: 1.5 }],
  ['disruptionBudget.maxUnavailable: "half"', { workload: 'Deployment', disruptionBudget: { maxUnavailable: 'half' } }],
  ['disruptionBudget.maxUnavailable: -1', { workload: 'Deployment', disruptionBudget: { maxUnavailable: -1 } }],
  ['networkPolicy.apiServerPorts: 0', { networkPolicy: { enabled: true, apiServerPorts: [443, 0] } }],
  ['podMonitor.interval: "30 s"', { podMonitor: { enabled: true, interval: '30 s' } }],
  ['podMonitor.scrapeTimeout: "10"', { podMonitor: { enabled: true, scrapeTimeout: '10' } }],
  [
    'networkPolicy: has ingressFrom, egress, but none is made; set enabled to true',
    { networkPolicy: { ingressFrom: [{ podSelector: {} }], egress: [{}] } },
  ],
  [
    'podMonitor: has labels, interval, but none is made; set enabled to true',
    { podMonitor: { labels: { release: 'prometheus' }, interval: '30s' } },
  ],
  ['tokenConfigMap: has labels, which whoever makes it', { tokenConfigMap: { create: false, labels: { team: 'a' } } }],
  [
    'serviceAccount: has annotations, which whoever makes it',
    { serviceAccount: { create: false, name: 'a', annotations: { role: 'b' } } },
  ],
  ['settingsFile: give either', { settingsFile: {} }],
  ['settingsFile: give either', { settingsFile: { ...settingsFile, configMapName: 'mine' } }],
  ['settingsFile.configMapName: "A"', { settingsFile: { configMapName: 'A' } }],
  ...['..', '../x', 'a/b', 'constructor', '__proto__', 'toString'].map(
    (key) => [`settingsFile.key: "${key}"`, { settingsFile: { ...settingsFile, key } }] as const,
  ),
  ['settings: token and lock must not have', { settingsFile, settings: { tokenName: 'eventbaton-settings' } }],
  [
    'settings: token and lock must not have',
    { settingsFile, settings: { leaderElectionDefaultResource: 'configmap', leaderLeaseName: 'eventbaton-settings' } },
  ],
  ['labels: "a b" is not the name', { labels: { 'a b': '' } }],
  ['labels: "/team" is not the name', { labels: { '/team': '' } }],
  ['labels: "a/b/c" is not the name', { labels: { 'a/b/c': '' } }],
  ['labels: "Example.com/team" is not the name', { labels: { 'Example.com/team': '' } }],
  ['labels: "constructor" is not the name', { labels: { constructor: 'x' as never } }],
  ['labels: "__proto__" is not the name', { labels: JSON.parse('{ "__proto__": "x" }') }],
  ['podLabels: "team" must be letters and digits', { podLabels: { team: 'two words' } }],
  ['labels: "team" must be letters and digits', { labels: { team: true as unknown as string } }],
  ['annotations: "a b" is not the name', { annotations: { 'a b': '' } }],
  ['podAnnotations: "note" must be text', { podAnnotations: { note: 1 as unknown as string } }],
  [
    `tokenConfigMap.annotations: "${long}/x" is not the name`,
    { tokenConfigMap: { annotations: { [`${long}/x`]: '' } } },
  ],
  ['nodeSelector: "zone" must be letters and digits', { nodeSelector: { zone: '-' } }],
  ['pools "a": nodeSelector: "zone" must be', { pools: [{ name: 'a', nodeSelector: { zone: '-' } }] }],
  ['extraEnv: "A" is there twice', { extraEnv: [{ name: 'A' }, { name: 'A', value: 'x' }] }],
  ['extraEnv: "A=B" must be', { extraEnv: [{ name: 'A=B' }] }],
  ['extraEnv: "1" must be', { extraEnv: [{ name: '1' }] }],
  ['extraEnv: "A" has a value and a valueFrom', { extraEnv: [{ name: 'A', value: 'x', valueFrom: {} }] }],
  ['extraContainers: "collector" is there twice', { extraContainers: [{ name: 'collector', image: 'x' }] }],
  ['extraContainers: "Side" must be', { extraContainers: [{ name: 'Side', image: 'x' }] }],
  [
    'extraEnv: "NODE_OPTIONS" has a valueFrom, which cannot be joined',
    { extraEnv: [{ name: 'NODE_OPTIONS', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } }] },
  ],
  ['extraInitContainers: "collector" is there twice', { extraInitContainers: [{ name: 'collector', image: 'x' }] }],
  [
    'extraInitContainers: "a" is there twice',
    { extraContainers: [{ name: 'a', image: 'x' }], extraInitContainers: [{ name: 'a', image: 'x' }] },
  ],
  ['dnsPolicy: "Host" must be one of', { dnsPolicy: 'Host' as 'Default' }],
  ['dnsPolicy: "None" leaves pods without DNS', { dnsPolicy: 'None', dnsConfig: { nameservers: [] } }],
  ['hostAliases: "10.0.0" must be an IP address', { hostAliases: [{ ip: '10.0.0', hostnames: ['a'] }] }],
  ['hostAliases: "A_b" must be', { hostAliases: [{ ip: '::1', hostnames: ['A_b'] }] }],
  ['livenessProbe.periodSeconds: 0 must be a whole number from 1', { livenessProbe: { periodSeconds: 0 } }],
  ['startupProbe.initialDelaySeconds: -1 must be', { startupProbe: { initialDelaySeconds: -1 } }],
  ['readinessProbe.timeoutSeconds: 0.5 must be', { readinessProbe: { timeoutSeconds: 0.5 } }],
  ['revisionHistoryLimit: 1.5 must be', { revisionHistoryLimit: 1.5 }],
  ['revisionHistoryLimit: -1 must be', { pools: [{ name: 'a', revisionHistoryLimit: -1 }] }],
  [
    "networkPolicy: does not apply to pods on the host's network",
    { hostNetwork: true, networkPolicy: { enabled: true } },
  ],
  ['extraVolumes: "events" is there twice', { extraVolumes: [volume, volume] }],
  ['extraVolumes: "api-access" is there twice', { extraVolumes: [{ name: 'api-access' }] }],
  ['extraVolumes: "settings" is there twice', { settingsFile, extraVolumes: [{ name: 'settings' }] }],
  ['extraVolumeMounts: there is no volume "events"', { extraVolumeMounts: [{ name: 'events', mountPath: '/events' }] }],
  [
    'extraVolumeMounts: "/events" is there twice',
    {
      extraVolumes: [volume],
      extraVolumeMounts: [
        { name: 'events', mountPath: '/events' },
        { name: 'events', mountPath: '/events' },
      ],
    },
  ],
  [
    'extraVolumeMounts: "/a:b" must be a path',
    { extraVolumes: [volume], extraVolumeMounts: [{ name: 'events', mountPath: '/a:b' }] },
  ],
  [
    'extraVolumeMounts: "/etc/eventbaton/settings" is there twice',
    { settingsFile, ...mountAt('/etc/eventbaton/settings/') },
  ],
  [
    'extraVolumeMounts: "/var/run/secrets/kubernetes.io/serviceaccount" is there twice',
    mountAt('/var/run/secrets/kubernetes.io/serviceaccount'),
  ],
  ['extraEnv: "DD_HEALTH_PORT" shapes other objects, too: set settings.healthPort', variable('DD_HEALTH_PORT')],
  ['extraEnv: "EVENTBATON_NAMESPACE" shapes other objects, too: set watchNamespace', variable('EVENTBATON_NAMESPACE')],
  ['annotations: "checksum/settings" is set by the construct', { annotations: { 'checksum/settings': 'x' } }],
  ['podLabels: "app.kubernetes.io/component" is set by', { podLabels: { 'app.kubernetes.io/component': 'x' } }],
  ['imagePullSecrets: "a" is there twice', { imagePullSecrets: ['a', 'a'] }],
  ['replicas: 3000000000 must be', { workload: 'Deployment', replicas: 3_000_000_000 }],
  [
    'disruptionBudget.maxUnavailable: "200%" must be',
    { workload: 'Deployment', disruptionBudget: { maxUnavailable: '200%' } },
  ],
  ['disruptionBudget: drains leave the pods of a DaemonSet alone', { disruptionBudget: { maxUnavailable: 1 } }],
  ['tolerations: {} has no key', { tolerations: [{}] }],
  [
    'tolerations: {"key":"a","operator":"Exists","value":"b"} has a value',
    { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] },
  ],
  [
    'tolerations: {"key":"a","tolerationSeconds":1} has tolerationSeconds',
    { pools: [{ name: 'a', tolerations: [{ key: 'a', tolerationSeconds: 1 }] }] },
  ],
  ['settingsFile.content: is 524289 bytes long', { settingsFile: { content: '#'.repeat(524_289) } }],
  ['settings: token and lock must not have the name', { settingsFile: { configMapName: 'datadogtoken' } }],
  [
    'settings: token and lock must not have the name',
    { settingsFile, settings: { ...kept, tokenName: 'eventbaton-settings' } },
  ],
  ...['0o17', '0O17', '0B1', '0Xb', '0_o17', '91E8_7', '9_1E8_0'].map(
    (team) => [`labels: "team": "${team}" is a number to those who read`, { labels: { team } }] as const,
  ),
  ...['-_7', '91E8_', '-0o7', '+0X1', '1e+3_'].map(
    (note) => [`annotations: "note": "${note}" is a number to those`, { annotations: { note } }] as const,
  ),
  ['nodeSelector: "zone": "0o17" is a number', { nodeSelector: { zone: '0o17' } }],
  ['extraEnv: "A": "0o17" is a number', { extraEnv: [{ name: 'A', value: '0o17' }] }],
  ['settings: DD_CLUSTER_NAME: "0o17" is a number', { settings: { clusterName: '0o17' } }],
  ...Object.entries({
    '007F': '\u007f',
    '0085': '\u0085',
    '009F': 'a\u009fb',
    '2028': 'a\u2028b',
    '2029': 'a\u2029\nb',
    FFFE: '\ufffe',
    D800: 'a\ud800',
  }).map(([code, note]) => [`podAnnotations: "note" holds U+${code}, which`, { podAnnotations: { note } }] as const),
  ['extraEnv: "A" holds U+007F', { extraEnv: [{ name: 'A', value: '\u007f' }] }],
  ['settings: DD_CLUSTER_NAME holds U+007F', { settings: { clusterName: '\u007f' } }],
  ['settingsFile.content holds U+2028', { settingsFile: { content: 'log_level: info # a\u2028b\n' } }],
  ...[
    'http:/sink:8080/in',
    'https:sink:8080',
    'https://sink:8443\\in',
    ' https://sink/',
    'https://sink:84\t43/in',
    'https://sink:0/',
  ].map((url) => ['settings: EVENTBATON_SINKS', { settings: { sinks: [{ type: 'http', url }] } }] as const),
])('refused, and for nothing else: %s', (problem, props) => {
  const problems = problemsWith(props);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.slice(0, problem.length)).toBe(problem);
});

test.each<readonly [what: string, props: EventCollectorProps]>([
  ['labels of whoever deploys it', { labels: { 'app.kubernetes.io/managed-by': 'argocd', 'helm.sh/chart': 'mine-1' } }],
  [
    'a pool without the priority class of the whole',
    { priorityClassName: 'a', pools: [{ name: 'a', priorityClassName: '' }] },
  ],
  ['names of 63 characters', { name: 'a'.repeat(63), namespace: 'b'.repeat(63), pools: [{ name: 'c'.repeat(63) }] }],
  ['a service account with dots', { serviceAccount: { create: false, name: 'a.b-c' } }],
  ['empty labels, and null that takes one away', { labels: { team: '' }, nodeSelector: { 'kubernetes.io/os': null } }],
  ['annotations of any text', { annotations: { 'Example.com/Note': '{{ "two\nlines" }}' } }],
  ['a volume named settings where no file is', { extraVolumes: [{ name: 'settings', emptyDir: {} }] }],
  ['a mount of the collectors own volume', { extraVolumeMounts: [{ name: 'api-access', mountPath: '/token' }] }],
  [
    'a variable of the downward API',
    { extraEnv: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] },
  ],
  ['an empty watchNamespace, as if it was not said', { watchNamespace: '' }],
  [
    'the settings name for a lock that is a Lease',
    { settingsFile, settings: { leaderLeaseName: 'eventbaton-settings' } },
  ],
  [
    'options that say nothing of objects that are not made',
    { networkPolicy: { ingressFrom: [] }, podMonitor: { labels: {} } },
  ],
  [
    'nothing to set on a service account that is there',
    { serviceAccount: { create: false, name: 'collectors', annotations: {} } },
  ],
  ['a network policy that is switched off by hand', { networkPolicy: { enabled: false, egress: [] } }],
  [
    'options that are undefined',
    { podMonitor: { interval: undefined }, tokenConfigMap: { create: false, labels: undefined } },
  ],
  ['durations as Prometheus writes them', { podMonitor: { enabled: true, interval: '1m30s', scrapeTimeout: '500ms' } }],
])('not refused: %s', (_, props) => {
  expect(problemsWith(props)).toEqual([]);
});

test('all problems are told at once, under the names of the collectors', () => {
  const props: EventCollectorProps = {
    name: 'A',
    image: '',
    labels: { 'a b': '' },
    extraEnv: [{ name: '' }],
    settings: { leaderLeaseDuration: 0 },
  };
  expect(() => collectorManifests(props)).toThrow(
    'EventCollector "A" in namespace "eventbaton" cannot be made:\n  name: ',
  );
  expect(problemsWith(props).map((problem) => problem.split(':')[0])).toEqual([
    'name',
    'labels',
    'image',
    'extraEnv',
    'settings',
  ]);
});
