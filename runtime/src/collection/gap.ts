/**
 * Whether versions may have expired unread between the last moment of collection and a relist, and the record that says so.
 *
 * Events live for their TTL after the last write, plus up to the slack: API servers pool etcd leases. Not promised: that something is missing
 * where a gap is recorded; only that nothing is missing where none is.
 */
import type { ClusterReference, GapEnd, GapReason, GapRecord } from '../contract/event-record.ts';
import { recordSchema } from '../contract/event-record.ts';
import type { ResourceVersion } from '../support/resource-version.ts';

/** How long API servers reuse an etcd lease for further objects: a twentieth of the TTL, at most a minute. */
export function leaseReuseMs(eventTtlMs: number): number {
  return Math.min(60_000, eventTtlMs / 20);
}

/** By how much the clocks of two API servers may differ. A moment further ahead than this was told by a clock that was wrong. */
export const clockSlackMs = 600_000;

export interface GapQuestion {
  /** As-of of the position that the list began from, in milliseconds of API-server time; undefined where unknown. */
  readonly asOf: number | undefined;
  /** When the list was read, in milliseconds of API-server time. */
  readonly readAt: number;
  readonly eventTtlMs: number;
  /** The earliest last write among the listed items at or below the position; undefined where there was none. */
  readonly oldestSurvivor: number | undefined;
}

export type GapDecision = { readonly gap: false } | { readonly gap: true; readonly certain: boolean };

export function decideGap({ asOf, readAt, eventTtlMs, oldestSurvivor }: GapQuestion): GapDecision {
  if (asOf === undefined || asOf > readAt + clockSlackMs) return { gap: true, certain: false };
  const slackMs = leaseReuseMs(eventTtlMs);
  const absentMs = readAt - asOf;
  if (absentMs < eventTtlMs - slackMs) return { gap: false };
  if (oldestSurvivor !== undefined && oldestSurvivor <= asOf - slackMs) return { gap: false };
  return { gap: true, certain: absentMs > eventTtlMs + slackMs };
}

export function gapRecord(
  cluster: ClusterReference,
  history: number,
  gap: { readonly from: GapEnd; readonly to: GapEnd; readonly reason: GapReason; readonly certain: boolean },
): GapRecord {
  return { schema: recordSchema, id: `gap.${cluster.uid ?? ''}.${history}.${gap.from.resourceVersion}`, cluster, gap };
}

export function gapEnd(resourceVersion: ResourceVersion, time: number | undefined): GapEnd {
  const text = String(resourceVersion);
  return time === undefined ? { resourceVersion: text } : { resourceVersion: text, time: new Date(time).toISOString() };
}
