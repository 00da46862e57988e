import { apiVersionOf, type Kind } from './kinds.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export interface ObjectMeta extends JsonObject {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

/** One Kubernetes object. It is never changed in place. */
export interface StoredObject extends JsonObject {
  readonly metadata: ObjectMeta;
}

export interface Collection {
  readonly kind: Kind;
  /** Undefined: of all namespaces, or of a kind without. */
  readonly namespace?: string | undefined;
}

export interface Target extends Collection {
  readonly name: string;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a collection's keys lie in etcd. Its order is that of the keys. */
export function prefixOf({ kind, namespace }: Collection): string {
  return namespace === undefined || !kind.namespaced
    ? `${kind.group}/${kind.resource}/`
    : `${kind.group}/${kind.resource}/${namespace}/`;
}

export function keyOf({ kind, namespace, name }: Target): string {
  return `${prefixOf({ kind, namespace })}${name}`;
}

/** As it is told, with the resourceVersion of a write. */
export function toldAt(object: StoredObject, revision: number): StoredObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** Without what the store keeps beside it. Kind and apiVersion come first, as the API server has them. */
export function keptForm(
  kind: Kind,
  { kind: _kind, apiVersion: _version, metadata, ...rest }: StoredObject,
): StoredObject {
  const { resourceVersion: _revision, ...meta } = metadata;
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: meta, ...rest };
}

/** The API server's time format, of whole seconds. */
export function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
