/**
 * Secrets of sinks. Where the list of sinks says `secretRef`, the key of that Secret is mounted as a file, and the collector gets the file's path:
 * neither manifests nor environment ever hold a secret, and the kubelet renews the file.
 */
import { type Entries, isEntries } from './entries.ts';
import { Expression, isExpression, type Val } from './symbolic/expression.ts';
import type { SecretKey } from './collector-settings.ts';

export const secretsFolder = '/etc/eventbaton/secrets';

/** Each key that is named anywhere in the sinks, once, in order. */
export function secretRefs(sinks: Val<readonly Entries[]>): Val<readonly SecretKey[]> {
  if (isExpression(sinks)) return new Expression('include "eventbaton.secretRefs" . | fromJsonArray', 'list');
  const found = new Map(refsIn(sinks).map((ref) => [pathOf(ref), ref]));
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
  const { secretRef, ...others } = value;
  if (isSecretKey(secretRef)) return { ...others, file: `${secretsFolder}/${pathOf(secretRef)}` };
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withFiles(part)]));
}

/** Within the folder of secrets. */
function pathOf({ name, key }: SecretKey): string {
  return `${name}/${key}`;
}

function refsIn(value: unknown): readonly SecretKey[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (!isEntries(value)) return [];
  const { secretRef } = value;
  return isSecretKey(secretRef) ? [{ name: secretRef.name, key: secretRef.key }] : Object.values(value).flatMap(refsIn);
}

function isSecretKey(value: unknown): value is SecretKey {
  return isEntries(value) && typeof value['name'] === 'string' && typeof value['key'] === 'string';
}

/** Sorted, and escaped as Go does it, so that one list has one text whoever writes it. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, sortedKeys).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function sortedKeys(_: string, value: unknown): unknown {
  return isEntries(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}
