import { expiredLocksAnnotation, healthPortAnnotation, lockTokenAnnotation } from '../contract/names.ts';
import type { KubernetesObject } from '../support/kubernetes-object.ts';
import type { LockState } from './lock-codec.ts';

/** What all lock kinds carry in annotations, beside those of others. */
export function lockAnnotations(
  base: KubernetesObject,
  { tokenCopy, healthPort, expiredLocks }: LockState,
): Readonly<Record<string, string>> {
  const {
    [lockTokenAnnotation]: _token,
    [healthPortAnnotation]: _port,
    [expiredLocksAnnotation]: _expired,
    ...foreign
  } = base.metadata?.annotations ?? {};
  return {
    ...foreign,
    ...(tokenCopy === undefined ? {} : { [lockTokenAnnotation]: tokenCopy }),
    ...(healthPort === undefined ? {} : { [healthPortAnnotation]: String(healthPort) }),
    ...(expiredLocks === undefined ? {} : { [expiredLocksAnnotation]: expiredLocks }),
  };
}

export function readLockAnnotations(object: KubernetesObject): Omit<LockState, 'record'> {
  const annotations = object.metadata?.annotations ?? {};
  const port = annotations[healthPortAnnotation];
  return {
    tokenCopy: annotations[lockTokenAnnotation],
    healthPort: port !== undefined && /^[0-9]{1,5}$/.test(port) ? Number(port) : undefined,
    expiredLocks: annotations[expiredLocksAnnotation],
  };
}
