/** What is wrong with props beyond the settings, as sentences that name the prop. */
import { nearest } from '../runtime/src/contract/nearest.ts';
import type { EventCollectorProps, NodePool } from './collector-props.ts';
import { ownLabels } from './labels.ts';

/** Most of the names have to be DNS labels: they become parts of others. */
const dnsLabel = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const objectName = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const fileName = /^[-._a-zA-Z0-9]{1,253}$/;

type Names = { readonly name: string; readonly namespace: string };

export function problemsOf(props: EventCollectorProps, names: Names): readonly string[] {
  return [
    ...nameProblems(props, names),
    ...labelProblems(props),
    ...environmentProblems(props),
    ...workloadProblems(props),
    ...fileProblems(props),
    ...choiceProblems(props),
    ...unless(
      props.settings?.healthPort !== 0,
      'settings.healthPort: 0 is no port that a probe can know: from 1 to 65535',
    ),
  ];
}

function nameProblems(props: EventCollectorProps, { name, namespace }: Names): readonly string[] {
  return [
    ...unless(dnsLabel.test(name), `name: "${name}" must be lower-case letters, digits and '-', at most 63`),
    ...unless(
      dnsLabel.test(namespace),
      `namespace: "${namespace}" must be lower-case letters, digits and '-', at most 63`,
    ),
    ...unless(
      objectName.test(props.serviceAccount?.name ?? name),
      `serviceAccount.name: "${props.serviceAccount?.name}" must be the name of a ServiceAccount`,
    ),
    ...unless(
      props.serviceAccount?.create !== false || props.serviceAccount.name !== undefined,
      'serviceAccount.name: must name the one to use where none is made',
    ),
  ];
}

function labelProblems(props: EventCollectorProps): readonly string[] {
  const places = {
    labels: props.labels,
    podLabels: props.podLabels,
    'serviceAccount.labels': props.serviceAccount?.labels,
    'tokenConfigMap.labels': props.tokenConfigMap?.labels,
    'podMonitor.labels': props.podMonitor?.labels,
  };
  return Object.entries(places).flatMap(([place, labels]) =>
    Object.keys(labels ?? {})
      .filter((label) => (ownLabels as readonly string[]).includes(label))
      .map((label) => `${place}: "${label}" is set by the construct, which selects pods by such labels`),
  );
}

function environmentProblems({ extraEnv = [] }: EventCollectorProps): readonly string[] {
  return repeated(extraEnv.map(({ name }) => name)).map(
    (name) => `extraEnv: "${name}" is there twice; the API server would keep one of them`,
  );
}

function workloadProblems({ workload = 'DaemonSet', replicas, pools }: EventCollectorProps): readonly string[] {
  const counts = [{ name: undefined, replicas }, ...(pools ?? [])].filter((one) => one.replicas !== undefined);
  return [
    ...unless(
      workload === 'Deployment' || counts.length === 0,
      'replicas: a DaemonSet has one pod on each node; set workload to "Deployment"',
    ),
    ...counts.flatMap((one) =>
      unless(
        Number.isSafeInteger(one.replicas) && Number(one.replicas) >= 0,
        `replicas: ${String(one.replicas)} must be a whole number from 0`,
      ),
    ),
    ...unless(pools === undefined || pools.length > 0, 'pools: must be at least one, or left out'),
    ...poolProblems(pools ?? []),
  ];
}

function poolProblems(pools: readonly NodePool[]): readonly string[] {
  return [
    ...repeated(pools.map(({ name }) => name)).map((name) => `pools: "${name}" is there twice`),
    ...pools.flatMap(({ name }) =>
      unless(dnsLabel.test(name), `pools: "${name}" must be lower-case letters, digits and '-', at most 63`),
    ),
  ];
}

function fileProblems({ settingsFile }: EventCollectorProps): readonly string[] {
  if (settingsFile === undefined) return [];
  const { content = '', configMapName = '', key } = settingsFile;
  return [
    ...unless(
      (content === '') !== (configMapName === ''),
      'settingsFile: give either a content, or the name of a ConfigMap that is there',
    ),
    ...unless(key === undefined || fileName.test(key), `settingsFile.key: "${key}" must be the name of a file`),
  ];
}

const choices = {
  workload: ['DaemonSet', 'Deployment'],
  imagePullPolicy: ['Always', 'IfNotPresent', 'Never'],
} as const;

/** For callers whose types nobody checks. */
function choiceProblems(props: EventCollectorProps): readonly string[] {
  return (Object.keys(choices) as (keyof typeof choices)[]).flatMap((prop) => {
    const value = props[prop];
    const known: readonly string[] = choices[prop];
    if (value === undefined || known.includes(value)) return [];
    const meant = nearest(value, known);
    return [
      `${prop}: "${value}" must be one of ${known.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    ];
  });
}

function unless(holds: boolean, problem: string): readonly string[] {
  return holds ? [] : [problem];
}

function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
