/**
 * Keys of Secrets and ConfigMaps that sinks name. Where the list of sinks says `secretRef`, or `configMapRef` for an authority, that key is mounted
 * as a file, and the collector gets the file's path: neither manifests nor environment ever hold a secret, and the kubelet renews the file.
 */
import { canonicalJson } from './canonical-json.ts';
import { type Entries, isEntries } from './entries.ts';
import { Expression, isExpression, type Val } from './symbolic/expression.ts';

/** In the collectors' namespace. */
export interface MountedKey {
  readonly name: string;
  readonly key: string;
}

export const keyRefs = ['secretRef', 'configMapRef'] as const;

export type KeyRef = (typeof keyRefs)[number];

/** Where they are mounted. */
export const keyFolders = {
  secretRef: '/etc/eventbaton/secrets',
  configMapRef: '/etc/eventbaton/config-maps',
} as const;

/** Each key that is named anywhere in the sinks, once, in order. */
export function mountedKeys(sinks: Val<readonly Entries[]>, ref: KeyRef): Val<readonly MountedKey[]> {
  if (isExpression(sinks))
    return new Expression(`include "eventbaton.mountedKeys" (list "${ref}" .Values.sinks) | fromJsonArray`, 'list');
  const found = new Map(keysIn(sinks, ref).map((key) => [pathOf(key), key]));
  return [...found.keys()].sort().flatMap((path) => found.get(path) ?? []);
}

/** The sinks as the collector reads them. */
export function sinksText(sinks: Val<readonly Entries[]>): Val<string> {
  if (isExpression(sinks)) return new Expression('include "eventbaton.sinks" .', 'string');
  return canonicalJson(withFiles(sinks));
}

export function withFiles(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withFiles);
  if (!isEntries(value)) return value;
  const ref = keyRefs.find((one) => isMountedKey(value[one]));
  if (ref === undefined) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withFiles(part)]));
  const { [ref]: key, ...others } = value;
  return { ...others, file: `${keyFolders[ref]}/${pathOf(key as MountedKey)}` };
}

/** Within the folder. */
function pathOf({ name, key }: MountedKey): string {
  return `${name}/${key}`;
}

function keysIn(value: unknown, ref: KeyRef): readonly MountedKey[] {
  if (Array.isArray(value)) return value.flatMap((part) => keysIn(part, ref));
  if (!isEntries(value)) return [];
  const { [ref]: key } = value;
  return isMountedKey(key)
    ? [{ name: key.name, key: key.key }]
    : Object.values(value).flatMap((part) => keysIn(part, ref));
}

function isMountedKey(value: unknown): value is MountedKey {
  return isEntries(value) && typeof value['name'] === 'string' && typeof value['key'] === 'string';
}
