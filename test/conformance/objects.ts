import type { Told } from './client.ts';

type Meta = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, unknown>>;

export const namespaced = (resource: string, within = 'default') =>
  resource === 'leases'
    ? `/apis/coordination.k8s.io/v1/namespaces/${within}/leases`
    : `/api/v1/namespaces/${within}/${resource}`;

export const leases = namespaced('leases');
export const configMaps = namespaced('configmaps');
export const endpoints = namespaced('endpoints');
export const events = namespaced('events');

export function lease(name: string, spec: Fields = { holderIdentity: 'a' }, metadata: Meta = {}) {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, ...metadata }, spec };
}

export function configMap(name: string, data: Fields = {}, metadata: Meta = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

export function endpointsNamed(name: string, annotations: Fields = {}, metadata: Meta = {}) {
  return { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, annotations, ...metadata } };
}

export function namespace(name: string) {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export function event(name: string, fields: Fields = {}, namespaceName = 'default') {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: namespaceName },
    involvedObject: { kind: 'Pod', namespace: namespaceName, name: 'cart' },
    reason: 'Started',
    message: 'text',
    type: 'Normal',
    ...fields,
  };
}

/** As it was told, with another spec, data or metadata: what a client sends that read it before. */
export function changed(told: Told, fields: Fields, metadata: Meta = {}): Fields {
  return { ...told, ...fields, metadata: { ...told.metadata, ...metadata } };
}

/** As a number, to compare. */
export function versionOf({ metadata }: Pick<Told, 'metadata'>): bigint {
  return BigInt(metadata.resourceVersion);
}
