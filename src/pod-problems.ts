/** What is wrong with parts of the pod, as sentences that name the prop. What goes through in wire form is left to the API server. */
import type { EventCollectorProps } from './collector-props.ts';
import { dnsLabel, objectName, repeated, shown, unless } from './problems.ts';
import { secretRefs } from './secret-refs.ts';
import type { Entries } from './entries.ts';

const variableName = /^(?!\.\.?$|\.\.)[-._a-zA-Z][-._a-zA-Z0-9]*$/;

export function podProblems(props: EventCollectorProps): readonly string[] {
  return [
    ...unless(
      props.image === undefined || /^[^\s]+$/.test(props.image),
      `image: ${shown(props.image)} must be a reference`,
    ),
    ...(props.imagePullSecrets ?? []).flatMap((name) => named('imagePullSecrets', name, 'a Secret')),
    ...priorityClasses(props).flatMap((name) => named('priorityClassName', name, 'a PriorityClass')),
    ...environmentProblems(props),
    ...containerProblems(props),
    ...volumeProblems(props),
    ...mountProblems(props),
  ];
}

function named(place: string, name: string, what: string): readonly string[] {
  return unless(objectName.test(name), `${place}: ${shown(name)} must be the name of ${what}`);
}

function priorityClasses({ priorityClassName, pools = [] }: EventCollectorProps): readonly string[] {
  return [priorityClassName, ...pools.map((pool) => pool.priorityClassName)].filter((name) => name !== undefined);
}

function environmentProblems({ extraEnv = [] }: EventCollectorProps): readonly string[] {
  return [
    ...repeated(extraEnv.map(({ name }) => name)).map(
      (name) => `extraEnv: ${shown(name)} is there twice; the API server would keep one of them`,
    ),
    ...extraEnv.flatMap(({ name, value = '', valueFrom }) => [
      ...unless(
        variableName.test(name),
        `extraEnv: ${shown(name)} must be letters, digits, '-', '_' and '.', and begin with no digit`,
      ),
      ...unless(value === '' || valueFrom === undefined, `extraEnv: ${shown(name)} has a value and a valueFrom`),
    ]),
  ];
}

function containerProblems({ extraContainers = [] }: EventCollectorProps): readonly string[] {
  return uniqueLabels('extraContainers', ['collector'], extraContainers);
}

function volumeProblems(props: EventCollectorProps): readonly string[] {
  return uniqueLabels('extraVolumes', ownVolumes(props), props.extraVolumes ?? []);
}

function ownVolumes({ settingsFile, settings }: EventCollectorProps): readonly string[] {
  const refs = secretRefs((settings?.sinks ?? []) as unknown as readonly Entries[]) as readonly object[];
  return ['api-access', ...(settingsFile === undefined ? [] : ['settings']), ...(refs.length === 0 ? [] : ['secrets'])];
}

function uniqueLabels(place: string, own: readonly string[], parts: readonly { name: string }[]): readonly string[] {
  const names = parts.map(({ name }) => name);
  return [
    ...repeated([...own, ...names]).map((name) => `${place}: ${shown(name)} is there twice`),
    ...names.flatMap((name) =>
      unless(dnsLabel.test(name), `${place}: ${shown(name)} must be lower-case letters, digits and '-', at most 63`),
    ),
  ];
}

function mountProblems(props: EventCollectorProps): readonly string[] {
  const { extraVolumeMounts = [], extraVolumes = [] } = props;
  const volumes = [...ownVolumes(props), ...extraVolumes.map(({ name }) => name)];
  return [
    ...repeated(extraVolumeMounts.map(({ mountPath }) => mountPath)).map(
      (path) => `extraVolumeMounts: ${shown(path)} is there twice`,
    ),
    ...extraVolumeMounts.flatMap(({ name, mountPath }) => [
      ...unless(volumes.includes(name), `extraVolumeMounts: there is no volume ${shown(name)}: add it to extraVolumes`),
      ...unless(/^[^:]+$/.test(mountPath), `extraVolumeMounts: ${shown(mountPath)} must be a path without ':'`),
    ]),
  ];
}
