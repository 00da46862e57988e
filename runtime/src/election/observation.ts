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
}

export const nothingSeen: Observation = { record: undefined, since: 0, healthPort: undefined, object: undefined };

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
  if (isOlder(object, before.object)) return before;
  const { record } = state;
  if (record === undefined || (isEmptied(record) && before.record !== undefined)) return { ...before, object };
  const unchanged = before.record !== undefined && sameRecord(before.record, record);
  return { record, since: unchanged ? before.since : now, healthPort: state.healthPort, object };
}

function isEmptied(record: LeaderRecord): boolean {
  return record.holderIdentity === '' && !isRelease(record);
}

/** A frame of a watch may arrive after a fresher GET. */
function isOlder(object: KubernetesObject, than: KubernetesObject | undefined): boolean {
  if (than === undefined || object.metadata?.uid !== than.metadata?.uid) return false;
  const a = parseResourceVersion(object.metadata?.resourceVersion);
  const b = parseResourceVersion(than.metadata?.resourceVersion);
  return a !== undefined && b !== undefined && a < b;
}
