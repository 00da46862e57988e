/** What can be known from outside of who leads and how far delivery has come. */
import type { LeaderRecord } from '../election/leader-record.ts';
import { sameRecord } from '../election/leader-record.ts';
import type { Status } from '../operations/status.ts';
import type { ResumeToken } from '../token/resume-token.ts';

/** A collector answered. */
export interface CollectorView {
  readonly from: 'collector';
  readonly status: Status;
  /** The answer as it came. */
  readonly json: unknown;
}

/** None did: what lock and token say. */
export interface ClusterView {
  readonly from: 'cluster';
  /** Why no collector answered. */
  readonly because: string;
  readonly lock: { readonly description: string; readonly record: LeaderRecord | undefined };
  readonly token: { readonly description: string; readonly value: ResumeToken | undefined };
  /** API-server time, in milliseconds since 1970. */
  readonly at: number;
}

export type View = CollectorView | ClusterView;

/**
 * Who leads for certain. A collector has followed the lock and knows. The lock alone proves it only by a change under our eyes: the times in it
 * are another machine's.
 *
 * @param first the first view that was had
 */
export function provenLeader(first: View, now: View): string | undefined {
  if (now.from === 'collector') return now.status.holder || undefined;
  const { record } = now.lock;
  if (record === undefined || record.holderIdentity === '') return undefined;
  const before = first.from === 'cluster' ? first.lock.record : undefined;
  const changed = before === undefined ? first !== now : !sameRecord(before, record);
  return changed ? record.holderIdentity : undefined;
}

/** After how long without proof nobody leads: whoever holds the lock has renewed it, or lost it, by then. */
export function patienceMs(first: View, leaseMs: number): number {
  const record = first.from === 'cluster' ? first.lock.record : undefined;
  return Math.max(leaseMs, record?.leaseDurationMs ?? 0);
}
