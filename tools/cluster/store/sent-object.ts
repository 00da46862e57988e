/** What a client sends, read and checked against where it was sent to. */
import { apiVersionOf } from './kinds.ts';
import { type Collection, isObject, type JsonObject, type StoredObject, type Target } from './object.ts';
import { readObject } from './schema.ts';
import { badRequest } from './status.ts';

export function readSent(sent: unknown, { kind, namespace }: Collection): StoredObject {
  if (!isObject(sent)) throw badRequest(`the object provided is unrecognized (must be of type ${kind.kind})`);
  const { kind: sentKind = kind.kind, apiVersion = apiVersionOf(kind) } = sent;
  if (sentKind !== kind.kind || apiVersion !== apiVersionOf(kind)) {
    throw badRequest(
      `${JSON.stringify(sentKind)} in version ${JSON.stringify(apiVersion)} cannot be handled as a ${kind.kind}`,
    );
  }
  const object: JsonObject = readObject(kind.kind, sent);
  const metadata = object['metadata'] as StoredObject['metadata'];
  if (!kind.namespaced) return { kind: kind.kind, ...object, metadata };
  const { namespace: own = namespace ?? '' } = metadata;
  if (own !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  return { kind: kind.kind, ...object, metadata: { ...metadata, namespace: own } };
}

export function assertNamed({ metadata }: StoredObject, { name }: Target): void {
  const { name: own = '' } = metadata;
  if (own === name) return;
  throw badRequest(
    own === ''
      ? 'name must be provided'
      : `the name of the object (${own}) does not match the name on the URL (${name})`,
  );
}

/** Spec and status of a namespace belong to the API server. */
export function withNamespaceDefaults(object: StoredObject, before: StoredObject | undefined): StoredObject {
  const { name = '' } = object.metadata;
  const labels = isObject(object.metadata['labels']) ? object.metadata['labels'] : {};
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...labels, 'kubernetes.io/metadata.name': name } },
    spec: before?.['spec'] ?? { finalizers: ['kubernetes'] },
    status: before?.['status'] ?? { phase: 'Active' },
  };
}
