import { expect, test } from 'vitest';
import { collectorManifests, type EventCollectorProps } from '../../src/index.ts';
import { problemsWith } from './manifests.ts';

const long = 'a'.repeat(254);
const volume = { name: 'events', emptyDir: {} };
const kept = { kubeResourcesNamespace: 'kept' };
const settingsFile = { content: 'filters: []\n' };

test.each<readonly [problem: string, props: EventCollectorProps]>([
  ['name: "A"', { name: 'A' }],
  ['name: "a.b"', { name: 'a.b' }],
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
  ['networkPolicy.apiServerPorts: 0', { networkPolicy: { apiServerPorts: [443, 0] } }],
  ['podMonitor.interval: "30 s"', { podMonitor: { interval: '30 s' } }],
  ['podMonitor.scrapeTimeout: "10"', { podMonitor: { scrapeTimeout: '10' } }],
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
])('refused, and for nothing else: %s', (problem, props) => {
  const problems = problemsWith(props);
  expect(problems).toHaveLength(1);
  expect(problems[0]?.slice(0, problem.length)).toBe(problem);
});

test.each<readonly [what: string, props: EventCollectorProps]>([
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
  ['durations as Prometheus writes them', { podMonitor: { interval: '1m30s', scrapeTimeout: '500ms' } }],
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
