import type { KubernetesObject } from '../support/kubernetes-object.ts';
import { parseResourceVersion } from '../support/resource-version.ts';
import { isRelease, type LeaderRecord, sameRecord } from './leader-record.ts';
import type { LockState } from './lock-codec.ts';

/** The lock as one process has seen it. */
export interface Observation {
  /** The last record that counts; undefined if this process has never seen one. */
  readonly record: LeaderRecord | undefined;
  /** When the record was first seen in this form, in milliseconds of the monotonic clock. */
  readonly since: number;
  readonly healthPort: number | undefined;
  /** The object as last seen, the precondition of a takeover; undefined where there is none. */
  readonly object: KubernetesObject | undefined;
  /** Nobody may act before, on the monotonic clock: somebody whom this lock has forgotten may still lead. */
  readonly notBefore: number;
}

export const nothingSeen: Observation = {
  record: undefined,
  since: 0,
  healthPort: undefined,
  object: undefined,
  notBefore: 0,
};

/**
 * Takes in a new sight of the lock. Only a change of the record restarts its time; a lock that was deleted or merely emptied leaves the
 * last record standing, so that neither can depose a leader before its lease has run out.
 *
 * @param state undefined: the object does not exist
 */
export function observe(
  before: Observation,
  object: KubernetesObject | undefined,
  state: LockState | undefined,
  now: number,
): Observation {
  if (object === undefined || state === undefined) return { ...before, object: undefined };
  const { record } = state;
  if (record === undefined || (!isInUse(state) && before.record !== undefined)) return { ...before, object };
  const unchanged = before.record !== undefined && sameRecord(before.record, record);
  return { ...before, record, since: unchanged ? before.since : now, healthPort: state.healthPort, object };
}

/**
 * Takes in a lock whose store was put back to an earlier state. Whoever took it after that state may lead until a renewal fails, and does not
 * stand there any more: nobody acts before the longest lease in question is over.
 *
 * @param leaseDurationMs what this process itself would write
 */
export function observeSetBack(
  before: Observation,
  object: KubernetesObject,
  state: LockState,
  now: number,
  leaseDurationMs: number,
): Observation {
  const seen = observe(before, object, state, now);
  const durations = [before.record, seen.record].map((record) => record?.leaseDurationMs ?? 0);
  return { ...seen, since: now, notBefore: now + Math.max(leaseDurationMs, ...durations) };
}

/** Whether the lock names somebody, or was released by somebody. */
export function isInUse(state: LockState | undefined): boolean {
  return state?.record !== undefined && !isEmptied(state.record);
}

function isEmptied(record: LeaderRecord): boolean {
  return record.holderIdentity === '' && !isRelease(record);
}

/** An earlier state of the same object. */
export function isOlder(object: KubernetesObject | undefined, than: KubernetesObject | undefined): boolean {
  if (object === undefined || than === undefined || object.metadata?.uid !== than.metadata?.uid) return false;
  const a = parseResourceVersion(object.metadata?.resourceVersion);
  const b = parseResourceVersion(than.metadata?.resourceVersion);
  return a !== undefined && b !== undefined && a < b;
}
