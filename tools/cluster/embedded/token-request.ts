/** Tokens for service accounts. Source: kubernetes v1.36 `pkg/apis/authentication/validation` (10 minutes at least). */
import type { ClusterStore } from '../store/cluster-store.ts';
import { isObject, type JsonObject, type Target } from '../store/object.ts';
import { invalid, invalidValue } from '../store/status.ts';
import type { Tokens } from './tokens.ts';

const defaultSeconds = 3_600;
const leastSeconds = 600;

export function createServiceAccountToken(
  store: ClusterStore,
  tokens: Tokens,
  target: Target,
  request: unknown,
): JsonObject {
  const { namespace = '', name } = target;
  const { metadata } = store.get(target);
  const spec = isObject(request) && isObject(request['spec']) ? request['spec'] : {};
  const seconds = typeof spec['expirationSeconds'] === 'number' ? spec['expirationSeconds'] : defaultSeconds;
  if (seconds < leastSeconds) throw tooShort(seconds);
  const expiresAt = store.now + seconds * 1_000;
  const serviceAccount = { namespace, name, uid: metadata.uid ?? '' };
  const token = tokens.issue({ user: `system:serviceaccount:${namespace}:${name}`, serviceAccount }, expiresAt);
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace },
    spec: { audiences: ['https://kubernetes.default.svc'], expirationSeconds: seconds, boundObjectRef: null },
    status: { token, expirationTimestamp: new Date(expiresAt).toISOString() },
  };
}

function tooShort(seconds: number): Error {
  return invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
    invalidValue('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes'),
  ]);
}
