/**
 * The record in an annotation, for kinds that have no fields for it: what client-go wrote on ConfigMaps and Endpoints up to 0.27, and the
 * Agent writes to this day. JSON with client-go's field names, in its order, times in whole seconds.
 */
import { leaderAnnotation } from '../contract/names.ts';
import type { KubernetesObject, ObjectMeta } from '../support/kubernetes-object.ts';
import type { LeaderRecord } from './leader-record.ts';
import { lockAnnotations, readLockAnnotations } from './lock-annotations.ts';
import type { LockCodec } from './lock-codec.ts';

export interface AnnotationKind {
  readonly kind: 'ConfigMap' | 'Endpoints';
  /** Of an object that is made; those of one that is found stay as they are. */
  readonly labels?: ObjectMeta['labels'];
}

export function annotationCodec({ kind, labels }: AnnotationKind): LockCodec {
  return {
    read(object) {
      return { record: readRecord(parsed(object)), ...readLockAnnotations(object) };
    },
    write(base, { namespace, name }, state) {
      const { record } = state;
      const before = base ?? {
        apiVersion: 'v1',
        kind,
        metadata: { namespace, name, ...(labels === undefined ? {} : { labels }) },
      };
      const annotations = {
        ...lockAnnotations(before, state),
        ...(record === undefined ? {} : { [leaderAnnotation]: written(parsed(before), record) }),
      };
      return { ...before, metadata: { ...before.metadata, annotations } };
    },
    time: (wallTimeMs) => new Date(wallTimeMs).toISOString().replace(/\.[0-9]+Z$/, 'Z'),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Empty where there is no annotation, or one that is no JSON object: somebody else's litter does not keep the lock from being taken. */
function parsed({ metadata }: KubernetesObject): Fields {
  try {
    const value: unknown = JSON.parse(metadata?.annotations?.[leaderAnnotation] ?? '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** @returns undefined also where a field is of another type than client-go could have read */
function readRecord(fields: Fields): LeaderRecord | undefined {
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaderTransitions } = fields;
  if (absent(holderIdentity) && absent(leaseDurationSeconds)) return undefined;
  if (!isText(holderIdentity) || !isText(acquireTime) || !isText(renewTime)) return undefined;
  if (!isCount(leaseDurationSeconds) || !isCount(leaderTransitions)) return undefined;
  return {
    holderIdentity: holderIdentity ?? '',
    leaseDurationMs: (leaseDurationSeconds ?? 0) * 1_000,
    transitions: leaderTransitions ?? 0,
    acquireTime: acquireTime ?? undefined,
    renewTime: renewTime ?? undefined,
  };
}

/** Our fields first, in client-go's order; then those that it got later (`strategy`, `preferredHolder`) and any other. */
function written(before: Fields, record: LeaderRecord): string {
  const {
    holderIdentity: _holder,
    leaseDurationSeconds: _duration,
    acquireTime: _acquired,
    renewTime: _renewed,
    leaderTransitions: _transitions,
    ...others
  } = before;
  return JSON.stringify({
    holderIdentity: record.holderIdentity,
    leaseDurationSeconds: Math.ceil(record.leaseDurationMs / 1_000),
    acquireTime: record.acquireTime ?? null,
    renewTime: record.renewTime ?? null,
    leaderTransitions: record.transitions,
    ...others,
  });
}

function absent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function isText(value: unknown): value is string | null | undefined {
  return absent(value) || typeof value === 'string';
}

function isCount(value: unknown): value is number | null | undefined {
  return absent(value) || (Number.isSafeInteger(value) && (value as number) >= 0);
}
