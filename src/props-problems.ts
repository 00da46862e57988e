/** What is wrong with props beyond the settings, as sentences that name the prop. */
import { largestFileBytes } from '../runtime/src/contract/given-settings.ts';
import { defaultLockName, defaultTokenName } from '../runtime/src/contract/names.ts';
import { nearest } from '../runtime/src/contract/nearest.ts';
import type { EventCollectorProps, NodePool } from './collector-props.ts';
import type { CollectorSettings } from './collector-settings.ts';
import { labelProblems } from './label-problems.ts';
import { podProblems } from './pod-problems.ts';
import { dnsLabel, isWholeNumber, mostOfInt32, objectName, repeated, shown, unless } from './problems.ts';
import type { Entries } from './entries.ts';
import { sinkProblems } from './sink-problems.ts';
import { presentEntries } from './symbolic/combine.ts';
import { writtenTextProblems } from './written-text.ts';

const fileName = /^(?!\.$|\.\.)[-._a-zA-Z0-9]{1,253}$/;

type Names = { readonly name: string; readonly namespace: string };

export function problemsOf(props: EventCollectorProps, names: Names): readonly string[] {
  return [
    ...nameProblems(props, names),
    ...labelProblems(props),
    ...podProblems(props),
    ...workloadProblems(props),
    ...fileProblems(props, names),
    ...sinkProblems(props),
    ...networkProblems(props),
    ...idleProblems(props),
    ...choiceProblems(props),
    ...unless(
      props.settings?.healthPort !== 0,
      'settings.healthPort: 0 is no port that a probe can know: from 1 to 65535',
    ),
  ];
}

function nameProblems(props: EventCollectorProps, { name, namespace }: Names): readonly string[] {
  return [
    ...unless(dnsLabel.test(name), `name: ${shown(name)} must be lower-case letters, digits and '-', at most 63`),
    ...unless(
      dnsLabel.test(namespace),
      `namespace: ${shown(namespace)} must be lower-case letters, digits and '-', at most 63`,
    ),
    ...unless(
      props.clusterScope !== false || Boolean(props.watchNamespace),
      'clusterScope: only a ClusterRole lets collectors read the Events of all namespaces; set watchNamespace, or leave clusterScope out',
    ),
    ...unless(
      objectName.test(props.serviceAccount?.name ?? 'default'),
      `serviceAccount.name: ${shown(props.serviceAccount?.name)} must be the name of a ServiceAccount`,
    ),
    ...unless(
      props.serviceAccount?.create !== false || props.serviceAccount.name !== undefined,
      'serviceAccount.name: must name the one to use where none is made',
    ),
  ];
}

function workloadProblems(props: EventCollectorProps): readonly string[] {
  const { workload = 'DaemonSet', replicas, disruptionBudget, pools } = props;
  const counts = [{ name: undefined, replicas }, ...(pools ?? [])].filter((one) => one.replicas !== undefined);
  return [
    ...unless(
      workload === 'Deployment' || counts.length === 0,
      'replicas: a DaemonSet has one pod on each node; set workload to "Deployment"',
    ),
    ...unless(
      workload === 'Deployment' || disruptionBudget === undefined,
      'disruptionBudget: drains leave the pods of a DaemonSet alone; set workload to "Deployment"',
    ),
    ...counts.flatMap((one) =>
      unless(
        isWholeNumber(one.replicas ?? 0),
        `replicas: ${String(one.replicas)} must be a whole number from 0 to ${mostOfInt32}`,
      ),
    ),
    ...[props, ...(pools ?? [])].flatMap(({ revisionHistoryLimit: limit = 0 }) =>
      unless(
        isWholeNumber(limit),
        `revisionHistoryLimit: ${String(limit)} must be a whole number from 0 to ${mostOfInt32}`,
      ),
    ),
    ...unless(pools === undefined || pools.length > 0, 'pools: must be at least one, or left out'),
    ...poolProblems(pools ?? []),
  ];
}

function poolProblems(pools: readonly NodePool[]): readonly string[] {
  return [
    ...repeated(pools.map(({ name }) => name)).map((name) => `pools: ${shown(name)} is there twice`),
    ...pools.flatMap(({ name }) =>
      unless(
        typeof name === 'string' && dnsLabel.test(name),
        `pools: ${shown(name)} must be lower-case letters, digits and '-', at most 63`,
      ),
    ),
  ];
}

function fileProblems({ settings, settingsFile }: EventCollectorProps, names: Names): readonly string[] {
  if (settingsFile === undefined) return [];
  const { content = '', configMapName = '', key } = settingsFile;
  const file = configMapName || `${names.name}-settings`;
  return [
    ...unless(
      (content === '') !== (configMapName === ''),
      'settingsFile: give either a content, or the name of a ConfigMap that is there',
    ),
    ...unless(
      Buffer.byteLength(content) <= largestFileBytes,
      `settingsFile.content: is ${Buffer.byteLength(content)} bytes long; collectors read at most ${largestFileBytes}`,
    ),
    ...writtenTextProblems('settingsFile.content', content),
    ...unless(
      key === undefined || (fileName.test(key) && !isInEveryObject(key)),
      `settingsFile.key: ${shown(key)} must be the name of a file`,
    ),
    ...unless(
      configMapName === '' || objectName.test(configMapName),
      `settingsFile.configMapName: ${shown(configMapName)} must be the name of a ConfigMap`,
    ),
    ...unless(
      !keptConfigMaps(settings).includes(file),
      `settings: token and lock must not have the name of the settings' ConfigMap, ${shown(file)}`,
    ),
  ];
}

/** cdk8s takes such keys for its own, or loses them. */
function isInEveryObject(key: string): boolean {
  return key in {};
}

/** Wherever they are: cdk8s may write a file for each object, which it calls after kind and name alone. */
function keptConfigMaps(settings: CollectorSettings = {}): readonly (string | undefined)[] {
  const { leaderElectionDefaultResource, leaderLeaseName, tokenName = defaultTokenName } = settings;
  return [tokenName, leaderElectionDefaultResource === 'configmap' ? (leaderLeaseName ?? defaultLockName) : undefined];
}

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

function networkProblems(props: EventCollectorProps): readonly string[] {
  const { networkPolicy, podMonitor, disruptionBudget, hostNetwork } = props;
  const { interval, scrapeTimeout } = podMonitor ?? {};
  const away = disruptionBudget?.maxUnavailable ?? 1;
  return [
    ...unless(
      networkPolicy?.enabled !== true || hostNetwork !== true,
      "networkPolicy: does not apply to pods on the host's network; leave out the policy or hostNetwork",
    ),
    ...(networkPolicy?.apiServerPorts ?? []).flatMap((port) =>
      unless(isPort(port), `networkPolicy.apiServerPorts: ${String(port)} must be a port, from 1 to 65535`),
    ),
    ...Object.entries({ interval, scrapeTimeout }).flatMap(([prop, value]) =>
      unless(
        value === undefined || duration.test(value),
        `podMonitor.${prop}: ${shown(value)} must be a duration such as "30s"`,
      ),
    ),
    ...unless(
      typeof away === 'number' ? isWholeNumber(away) : /^(?:[0-9]{1,2}|100)%$/.test(away),
      `disruptionBudget.maxUnavailable: ${shown(away)} must be a whole number from 0, or a share such as "50%"`,
    ),
  ];
}

/** Prometheus'. Empty is as if it was not said. */
const duration = /^(?:0|(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?)$/;

/** What is said of an object that is not made. `enabled: false` is a person's word; that it is missing is a slip. */
function idleProblems({ networkPolicy, podMonitor, tokenConfigMap, serviceAccount }: EventCollectorProps) {
  return [
    ...Object.entries({ networkPolicy, podMonitor }).flatMap(([prop, options]) => {
      const { enabled, ...others } = options ?? {};
      return unless(
        enabled !== undefined || namesIn(others) === '',
        `${prop}: has ${namesIn(others)}, but none is made; set enabled to true`,
      );
    }),
    ...Object.entries({ tokenConfigMap, serviceAccount }).flatMap(([prop, options]) => {
      const { create, labels, annotations } = options ?? {};
      return unless(
        create !== false || namesIn({ labels, annotations }) === '',
        `${prop}: has ${namesIn({ labels, annotations })}, which whoever makes it has to set where create is false`,
      );
    }),
  ];
}

/** Of those that say anything. */
function namesIn(options: Entries): string {
  const names = Object.keys(presentEntries(options) ?? {});
  return names.filter((name) => !['[]', '{}', 'null'].includes(JSON.stringify(options[name]))).join(', ');
}

const choices = {
  workload: ['DaemonSet', 'Deployment'],
  imagePullPolicy: ['Always', 'IfNotPresent', 'Never'],
  dnsPolicy: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
} as const;

/** For callers whose types nobody checks. */
function choiceProblems(props: EventCollectorProps): readonly string[] {
  return (Object.keys(choices) as (keyof typeof choices)[]).flatMap((prop) => {
    const value = props[prop];
    const known: readonly string[] = choices[prop];
    if (value === undefined || known.includes(value)) return [];
    const meant = nearest(value, known);
    return [
      `${prop}: ${shown(value)} must be one of ${known.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    ];
  });
}
