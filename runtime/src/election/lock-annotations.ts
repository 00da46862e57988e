import { healthPortAnnotation, lockTokenAnnotation } from '../contract/names.ts';
import type { KubernetesObject } from '../support/kubernetes-object.ts';
import type { LockState } from './lock-codec.ts';

/** What all lock kinds carry in annotations, beside those of others. */
export function lockAnnotations(
  base: KubernetesObject,
  { tokenCopy, healthPort }: LockState,
): Readonly<Record<string, string>> {
  const { [lockTokenAnnotation]: _token, [healthPortAnnotation]: _port, ...foreign } = base.metadata?.annotations ?? {};
  return {
    ...foreign,
    ...(tokenCopy === undefined ? {} : { [lockTokenAnnotation]: tokenCopy }),
    ...(healthPort === undefined ? {} : { [healthPortAnnotation]: String(healthPort) }),
  };
}

export function readLockAnnotations(object: KubernetesObject): Pick<LockState, 'tokenCopy' | 'healthPort'> {
  const annotations = object.metadata?.annotations ?? {};
  const port = annotations[healthPortAnnotation];
  return {
    tokenCopy: annotations[lockTokenAnnotation],
    healthPort: port !== undefined && /^[0-9]{1,5}$/.test(port) ? Number(port) : undefined,
  };
}
