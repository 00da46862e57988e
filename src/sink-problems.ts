/** What is wrong with what sinks name in the cluster: the collectors get no more than files, and cannot tell. */
import type { EventCollectorProps } from './collector-props.ts';
import { type Entries, isEntries } from './entries.ts';
import { type KeyRef, keyRefs, type MountedKey, mountedKeys } from './mounted-keys.ts';
import { objectName, shown, unless } from './problems.ts';
import { portsOfSink } from './sink-ports.ts';

const keyName = /^(?!\.$|\.\.)[-._a-zA-Z0-9]{1,253}$/;

const kinds = { secretRef: 'Secret', configMapRef: 'ConfigMap' } as const;

export function sinkProblems({ settings, networkPolicy }: EventCollectorProps): readonly string[] {
  const sinks = (settings?.sinks ?? []) as unknown as readonly Entries[];
  return [
    ...keyRefs.flatMap((ref) => keyProblems(sinks, ref)),
    ...unless(
      sinks.every((sink) => !hasConfigMapRef({ ...sink, ca: undefined })),
      'settings.sinks: configMapRef is for ca alone: what is secret belongs in a Secret',
    ),
    ...[...new Set(severalPlaces(sinks))].map((places) => `settings.sinks: give one of ${places}, not both`),
    ...(networkPolicy?.enabled === true ? sinks.flatMap(portProblems) : []),
  ];
}

function keyProblems(sinks: readonly Entries[], ref: KeyRef): readonly string[] {
  return (mountedKeys(sinks, ref) as readonly MountedKey[]).flatMap(({ name, key }) => [
    ...unless(objectName.test(name), `settings.sinks: ${ref}: ${shown(name)} must be the name of a ${kinds[ref]}`),
    ...unless(
      keyName.test(key),
      `settings.sinks: ${ref}: ${shown(key)} must be a key of the ${kinds[ref]} ${shown(name)}`,
    ),
  ]);
}

function hasConfigMapRef(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'configMapRef' in value || Object.values(value).some(hasConfigMapRef);
}

function severalPlaces(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(severalPlaces);
  if (!isEntries(value)) return [];
  const places = [...keyRefs, 'file'].filter((place) => value[place] !== undefined);
  return places.length > 1 ? [places.join(' and ')] : Object.values(value).flatMap(severalPlaces);
}

function portProblems(sink: Entries): readonly string[] {
  const { name = sink['type'], proxy } = sink;
  const secret = isEntries(proxy) ? 'proxy' : 'url';
  return unless(
    sink['type'] !== 'http' || !isEntries(sink[secret]) || portsOfSink(sink).length > 0,
    `settings.sinks: the ${secret} of sink ${shown(name)} is a secret: set port, so that the NetworkPolicy can let out to it`,
  );
}
