/** The lock as a cluster keeps it, read without the collectors' own code. */
import type { LockResource } from '../../runtime/src/contract/lock-resource.ts';
import { leaderAnnotation, lockTokenAnnotation } from '../../runtime/src/contract/names.ts';

export interface LockObject {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** Of a Lease. */
  readonly spec?: LockRecord & { readonly leaseTransitions?: number };
  /** Of a ConfigMap. */
  readonly data?: Readonly<Record<string, string>>;
}

export interface LockRecord {
  /** Empty after a release. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string | null;
  readonly renewTime?: string | null;
}

export interface Lock {
  readonly object: LockObject;
  readonly record: LockRecord;
  readonly transitions: number;
  /** The furthest position that the token's copy names; 0 without one. */
  readonly position: bigint;
}

export function lockCollection(resource: LockResource, namespace: string): string {
  const group = resource === 'leases' ? '/apis/coordination.k8s.io/v1' : '/api/v1';
  return `${group}/namespaces/${namespace}/${resource}`;
}

export function readLock(object: LockObject): Lock {
  const { annotations = {} } = object.metadata;
  const record = JSON.parse(annotations[leaderAnnotation] ?? '{}') as LockRecord & { leaderTransitions?: number };
  const copy = JSON.parse(annotations[lockTokenAnnotation] ?? '{}') as { readonly position?: string };
  return {
    object,
    record: object.spec ?? record,
    transitions: object.spec?.leaseTransitions ?? record.leaderTransitions ?? 0,
    position: BigInt(copy.position ?? 0),
  };
}
