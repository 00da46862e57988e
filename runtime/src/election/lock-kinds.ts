import { type LockResource, lockResources } from '../contract/lock-resource.ts';
import { skipMirrorLabel } from '../contract/names.ts';
import { annotationCodec } from './annotation-codec.ts';
import { leaseCodec } from './lease-codec.ts';
import type { LockCodec } from './lock-codec.ts';

/** What the API and the election have to know of one kind of lock. */
export interface LockKind {
  readonly apiVersion: string;
  readonly resource: LockResource;
  readonly codec: LockCodec;
}

/**
 * Endpoints of a lock belong to no Service: one of the same name would make the API's own controller write into them. They have no addresses
 * and are kept out of EndpointSlices.
 */
export const lockKinds: Readonly<Record<LockResource, LockKind>> = {
  leases: { apiVersion: 'coordination.k8s.io/v1', resource: 'leases', codec: leaseCodec },
  configmaps: { apiVersion: 'v1', resource: 'configmaps', codec: annotationCodec({ kind: 'ConfigMap' }) },
  endpoints: {
    apiVersion: 'v1',
    resource: 'endpoints',
    codec: annotationCodec({ kind: 'Endpoints', labels: { [skipMirrorLabel]: 'true' } }),
  },
};

export function otherKinds(than: LockResource): readonly LockKind[] {
  return lockResources.filter((resource) => resource !== than).map((resource) => lockKinds[resource]);
}
