import type { KubernetesObject } from '../support/kubernetes-object.ts';
import type { LeaderRecord } from './leader-record.ts';
import { lockAnnotations, readLockAnnotations } from './lock-annotations.ts';
import type { LockCodec } from './lock-codec.ts';

/** `coordination.k8s.io/v1` Lease, as far as we read and write it; `strategy` and `preferredHolder` of others stay in it. */
interface Lease extends KubernetesObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export const leaseCodec: LockCodec = {
  read(object) {
    return { record: readRecord(object), ...readLockAnnotations(object) };
  },
  write(base, { namespace, name }, state): Lease {
    const { record } = state;
    const before: Lease = base ?? {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace, name },
    };
    return {
      ...before,
      metadata: { ...before.metadata, annotations: lockAnnotations(before, state) },
      spec: { ...before.spec, ...(record === undefined ? {} : leaseSpec(record)) },
    };
  },
  time: microTime,
};

function readRecord({ spec }: Lease): LeaderRecord | undefined {
  if (spec === undefined || (spec.holderIdentity === undefined && spec.leaseDurationSeconds === undefined))
    return undefined;
  return {
    holderIdentity: spec.holderIdentity ?? '',
    leaseDurationMs: (spec.leaseDurationSeconds ?? 0) * 1_000,
    transitions: spec.leaseTransitions ?? 0,
    acquireTime: spec.acquireTime,
    renewTime: spec.renewTime,
  };
}

function leaseSpec(record: LeaderRecord): Lease['spec'] {
  return {
    holderIdentity: record.holderIdentity,
    leaseDurationSeconds: Math.ceil(record.leaseDurationMs / 1_000),
    leaseTransitions: record.transitions,
    ...(record.acquireTime === undefined ? {} : { acquireTime: record.acquireTime }),
    ...(record.renewTime === undefined ? {} : { renewTime: record.renewTime }),
  };
}

/** A MicroTime wants exactly six digits of fraction: three, as JavaScript writes them, are refused with 400. */
export function microTime(wallTimeMs: number): string {
  return new Date(wallTimeMs).toISOString().replace('Z', '000Z');
}
