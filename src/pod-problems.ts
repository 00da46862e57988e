/** What is wrong with parts of the pod, as sentences that name the prop. What goes through in wire form is left to the API server. */
import { isIP } from 'node:net';
import { defaultServiceAccountDir } from '../runtime/src/contract/names.ts';
import type { EventCollectorProps } from './collector-props.ts';
import { dnsLabel, isWholeNumber, mostOfInt32, objectName, repeated, shown, unless } from './problems.ts';
import { keyFolders, mountedKeys } from './mounted-keys.ts';
import { settingsFolder, shapingVariables } from './settings-wiring.ts';
import type { Entries } from './entries.ts';
import { given } from './symbolic/combine.ts';
import { writtenTextProblems } from './written-text.ts';

const variableName = /^(?!\.\.?$|\.\.)[-._a-zA-Z][-._a-zA-Z0-9]*$/;

export function podProblems(props: EventCollectorProps): readonly string[] {
  return [
    ...unless(
      props.image === undefined || /^[^\s]+$/.test(props.image),
      `image: ${shown(props.image)} must be a reference`,
    ),
    ...(props.imagePullSecrets ?? []).flatMap((name) => named('imagePullSecrets', name, 'a Secret')),
    ...repeated(props.imagePullSecrets ?? []).map((name) => `imagePullSecrets: ${shown(name)} is there twice`),
    ...tolerationProblems(props),
    ...priorityClasses(props).flatMap((name) => named('priorityClassName', name, 'a PriorityClass')),
    ...environmentProblems(props),
    ...containerProblems(props),
    ...dnsProblems(props),
    ...probeProblems(props),
    ...volumeProblems(props),
    ...mountProblems(props),
  ];
}

function named(place: string, name: string, what: string): readonly string[] {
  return unless(objectName.test(name), `${place}: ${shown(name)} must be the name of ${what}`);
}

/** Empty: none, although the whole has one. */
function priorityClasses({ priorityClassName, pools = [] }: EventCollectorProps): readonly string[] {
  return [priorityClassName, ...pools.map((pool) => pool.priorityClassName)].flatMap((name) => name || []);
}

function tolerationProblems({ tolerations = [], pools = [] }: EventCollectorProps): readonly string[] {
  const all = [...tolerations, ...pools.flatMap((pool) => pool.tolerations ?? [])];
  return all.flatMap((toleration) => {
    const { key = '', operator = 'Equal', value = '', effect, tolerationSeconds } = toleration;
    const place = `tolerations: ${shown(toleration)}`;
    return [
      ...unless(key !== '' || operator === 'Exists', `${place} has no key: set its operator to "Exists"`),
      ...unless(value === '' || operator !== 'Exists', `${place} has a value, which "Exists" does not look at`),
      ...unless(
        tolerationSeconds === undefined || effect === 'NoExecute',
        `${place} has tolerationSeconds, which only the effect "NoExecute" takes`,
      ),
    ];
  });
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
      ...unless(
        name !== 'NODE_OPTIONS' || valueFrom === undefined,
        'extraEnv: "NODE_OPTIONS" has a valueFrom, which cannot be joined with the options that the construct sets: give a value',
      ),
      ...writtenTextProblems(`extraEnv: ${shown(name)}`, value),
      ...unless(
        !shapingVariables.has(name),
        `extraEnv: ${shown(name)} shapes other objects, too: set ${shapingVariables.get(name)} instead`,
      ),
    ]),
  ];
}

/** Containers of both kinds share their names. */
function containerProblems({ extraContainers = [], extraInitContainers = [] }: EventCollectorProps): readonly string[] {
  const own = [...new Set(['collector', ...extraContainers.map(({ name }) => name)])];
  return [
    ...uniqueLabels('extraContainers', ['collector'], extraContainers),
    ...uniqueLabels('extraInitContainers', own, extraInitContainers),
  ];
}

function dnsProblems({ dnsPolicy, dnsConfig, hostAliases = [] }: EventCollectorProps): readonly string[] {
  return [
    ...unless(
      dnsPolicy !== 'None' || given(dnsConfig?.['nameservers'] as readonly unknown[] | undefined) === true,
      'dnsPolicy: "None" leaves pods without DNS: set dnsConfig.nameservers',
    ),
    ...hostAliases.flatMap(({ ip, hostnames }) => [
      ...unless(isIP(ip) !== 0, `hostAliases: ${shown(ip)} must be an IP address`),
      ...hostnames.flatMap((name) =>
        unless(objectName.test(name), `hostAliases: ${shown(name)} must be lower-case letters, digits, '-' and '.'`),
      ),
    ]),
  ];
}

function probeProblems({ livenessProbe, readinessProbe, startupProbe }: EventCollectorProps): readonly string[] {
  return Object.entries({ livenessProbe, readinessProbe, startupProbe }).flatMap(([probe, timings]) =>
    Object.entries(timings ?? {}).flatMap(([field, value]) => {
      const least = field === 'initialDelaySeconds' ? 0 : 1;
      return unless(
        value === undefined || isWholeNumber(value, least),
        `${probe}.${field}: ${String(value)} must be a whole number from ${least} to ${mostOfInt32}`,
      );
    }),
  );
}

function volumeProblems(props: EventCollectorProps): readonly string[] {
  return uniqueLabels('extraVolumes', ownVolumes(props), props.extraVolumes ?? []);
}

function ownVolumes(props: EventCollectorProps): readonly string[] {
  return Object.keys(ownMounts(props));
}

/** Paths by volume. */
function ownMounts({ settingsFile, settings }: EventCollectorProps): Readonly<Record<string, string>> {
  const sinks = (settings?.sinks ?? []) as unknown as readonly Entries[];
  return {
    'api-access': defaultServiceAccountDir,
    ...(settingsFile === undefined ? {} : { settings: settingsFolder }),
    ...(given(mountedKeys(sinks, 'secretRef')) === true ? { secrets: keyFolders.secretRef } : {}),
    ...(given(mountedKeys(sinks, 'configMapRef')) === true ? { 'config-maps': keyFolders.configMapRef } : {}),
  };
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
  const paths = extraVolumeMounts.map(({ mountPath }) => mountPath);
  const volumes = [...ownVolumes(props), ...extraVolumes.map(({ name }) => name)];
  return [
    ...repeated([...Object.values(ownMounts(props)), ...paths].map(withoutSlash)).map(
      (path) => `extraVolumeMounts: ${shown(path)} is there twice`,
    ),
    ...extraVolumeMounts.flatMap(({ name, mountPath }) => [
      ...unless(volumes.includes(name), `extraVolumeMounts: there is no volume ${shown(name)}: add it to extraVolumes`),
      ...unless(/^[^:]+$/.test(mountPath), `extraVolumeMounts: ${shown(mountPath)} must be a path without ':'`),
    ]),
  ];
}

/** `/a` and `/a/` are one place. */
function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}
