/**
 * Server-side apply as far as manifests need it: what is applied is merged in; fields that the same manager brought by an earlier apply, that
 * nobody has changed since and that it no longer applies, are removed. Lists are replaced whole. There are no `managedFields`, and no manager
 * ever conflicts with another, as with `force=true`.
 */
import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json, type JsonObject } from './object.ts';

/** Fields, by their path, that one manager alone brought, with their values. */
export type Brought = ReadonlyMap<string, Json>;

export interface Applied {
  readonly object: JsonObject;
  readonly brought: Brought;
}

export function applyPatch(current: JsonObject, patch: JsonObject, before: Brought = new Map()): Applied {
  const wanted = leavesOf(patch);
  const present = leavesOf(current);
  const gone = [...before].filter(([path, value]) => !wanted.has(path) && isDeepStrictEqual(present.get(path), value));
  const kept = gone.reduce((object, [path]) => without(object, JSON.parse(path) as string[]), current);
  const brought = [...wanted].filter(
    ([path, value]) => before.has(path) || !isDeepStrictEqual(present.get(path), value),
  );
  return { object: merged(kept, patch), brought: new Map(brought) };
}

function leavesOf(object: JsonObject, path: readonly string[] = []): Map<string, Json> {
  const leaves = new Map<string, Json>();
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    if (isObject(value)) for (const leaf of leavesOf(value, [...path, key])) leaves.set(...leaf);
    else leaves.set(JSON.stringify([...path, key]), value);
  }
  return leaves;
}

function merged(target: JsonObject, patch: JsonObject): JsonObject {
  const result = new Map(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    const there = result.get(key);
    result.set(key, isObject(value) && isObject(there) ? merged(there, value) : value);
  }
  return Object.fromEntries(result);
}

function without(object: JsonObject, [key = '', ...rest]: readonly string[]): JsonObject {
  const { [key]: value, ...others } = object;
  return rest.length > 0 && isObject(value) ? { ...others, [key]: without(value, rest) } : others;
}
