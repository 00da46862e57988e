/** Labels and annotations that the API server would refuse, or that are the construct's own. */
import type { EventCollectorProps } from './collector-props.ts';
import { checksumAnnotation, ownLabels } from './labels.ts';
import { objectName, shown } from './problems.ts';
import { writtenTextProblems } from './written-text.ts';

type Texts = Readonly<Record<string, unknown>> | undefined;

const word = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

export function labelProblems(props: EventCollectorProps): readonly string[] {
  return [
    ...Object.entries(labelsOf(props)).flatMap(([place, map]) => [
      ...ownProblems(place, map),
      ...badLabels(place, map),
    ]),
    ...Object.entries(selectorsOf(props)).flatMap(([place, map]) => badLabels(place, map)),
    ...Object.entries(annotationsOf(props)).flatMap(([place, map]) => badAnnotations(place, map)),
  ];
}

function labelsOf(props: EventCollectorProps): Readonly<Record<string, Texts>> {
  return {
    labels: props.labels,
    podLabels: props.podLabels,
    'serviceAccount.labels': props.serviceAccount?.labels,
    'tokenConfigMap.labels': props.tokenConfigMap?.labels,
    'podMonitor.labels': props.podMonitor?.labels,
  };
}

function selectorsOf({ nodeSelector, pools = [] }: EventCollectorProps): Readonly<Record<string, Texts>> {
  const ofPools = pools.map(
    (pool) => [`pools ${shown(pool.name)}: nodeSelector`, withoutNull(pool.nodeSelector)] as const,
  );
  return { nodeSelector: withoutNull(nodeSelector), ...Object.fromEntries(ofPools) };
}

function annotationsOf(props: EventCollectorProps): Readonly<Record<string, Texts>> {
  return {
    annotations: props.annotations,
    podAnnotations: props.podAnnotations,
    'serviceAccount.annotations': props.serviceAccount?.annotations,
    'tokenConfigMap.annotations': withoutNull(props.tokenConfigMap?.annotations),
  };
}

/** Null takes away a default. */
function withoutNull(map: Texts): Texts {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([, value]) => value !== null));
}

function ownProblems(place: string, map: Texts): readonly string[] {
  return Object.keys(map ?? {})
    .filter((label) => ownLabels.includes(label))
    .map((label) => `${place}: "${label}" is set by the construct`);
}

function badLabels(place: string, map: Texts): readonly string[] {
  return Object.entries(map ?? {}).flatMap(([key, value]) => [
    ...badKey(place, key, objectName.test(prefixOf(key))),
    ...(typeof value === 'string' && (value === '' || word.test(value))
      ? []
      : [`${place}: ${shown(key)} must be letters and digits, with '-', '_' and '.' between them, at most 63`]),
    ...writtenTextProblems(`${place}: ${shown(key)}`, value),
  ]);
}

function badAnnotations(place: string, map: Texts): readonly string[] {
  return Object.entries(map ?? {}).flatMap(([key, value]) => [
    ...(key === checksumAnnotation ? [`${place}: "${key}" is set by the construct`] : []),
    ...badKey(place, key, objectName.test(prefixOf(key).toLowerCase())),
    ...(typeof value === 'string' ? [] : [`${place}: ${shown(key)} must be text`]),
    ...writtenTextProblems(`${place}: ${shown(key)}`, value),
  ]);
}

/** cdk8s cannot write a map that has a "constructor". */
function badKey(place: string, key: string, prefixed: boolean): readonly string[] {
  const named = word.test(key.slice(key.indexOf('/') + 1));
  if (named && (prefixed || !key.includes('/')) && key !== 'constructor') return [];
  return [`${place}: ${shown(key)} is not the name of a label or annotation, such as example.com/team`];
}

function prefixOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')));
}
