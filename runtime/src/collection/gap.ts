/**
 * Whether versions may have expired unread between the last moment of collection and a relist, and the record that says so.
 *
 * Events live for their TTL after the last write, plus up to the slack: API servers pool etcd leases. Not promised: that something is missing
 * where a gap is recorded; only that nothing is missing where none is. Somebody who may update Events can forge the time of a last write, and so
 * make an Event look like a survivor that rules a gap out.
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

/** Number of objects that make evidence of how long Events live: fewer may have been deleted by hand. */
export const enoughObjects = 10;

/** Times of answers are told in whole seconds. */
const precisionMs = 2_000;

export interface GapQuestion {
  /** As-of of the position that the list began from, in milliseconds of API-server time; undefined where unknown. */
  readonly asOf: number | undefined;
  /** When the list was read, in milliseconds of API-server time. */
  readonly readAt: number;
  readonly eventTtlMs: number;
  /** The earliest last write among the listed items at or below the position; undefined where there was none. */
  readonly oldestSurvivor: number | undefined;
  /** How long Events live as far as their deletions show, if that differs from the setting; in milliseconds. */
  readonly observedTtlMs?: number | undefined;
  /** Since when ten objects were last written that are no later than the position, and were living when collection ended. */
  readonly livingSince?: number | undefined;
  /** Objects in the list that were created before as-of, whatever became of them since. @default 0 */
  readonly preexisting?: number;
  /**
   * How far the API server's clock that told `asOf` was ahead of the one that told `readAt`, in milliseconds, as the clocks of collectors show:
   * as-of may be too late by that.
   */
  readonly clockSkewMs?: number;
}

export type GapDecision = { readonly gap: false } | { readonly gap: true; readonly certain: boolean };

export function decideGap(question: GapQuestion): GapDecision {
  const { asOf, readAt, eventTtlMs, oldestSurvivor, observedTtlMs = eventTtlMs, clockSkewMs = 0 } = question;
  if (asOf === undefined || asOf > readAt + clockSlackMs) return { gap: true, certain: false };
  const skewMs = Math.abs(clockSkewMs) > precisionMs ? clockSkewMs : 0;
  const slackMs = leaseReuseMs(eventTtlMs);
  const longestMs = readAt - asOf + (asOf > readAt + precisionMs ? clockSlackMs : Math.max(skewMs, 0));
  if (oldestSurvivor !== undefined && oldestSurvivor <= asOf - slackMs - Math.max(skewMs, 0)) return { gap: false };
  const shortestTtlMs = Math.min(eventTtlMs, observedTtlMs);
  const mayHaveExpired = longestMs >= shortestTtlMs - leaseReuseMs(shortestTtlMs);
  if (!mayHaveExpired && !expiredEarly(question)) return { gap: false };
  const shortestMs = readAt - asOf + Math.min(skewMs, 0);
  return { gap: true, certain: shortestMs > Math.max(eventTtlMs, observedTtlMs) + slackMs };
}

/**
 * Whether objects are gone that must still live by the setting. Asked only if no old survivor was found. Objects that were written again since
 * are no survivors, but they live: ten of them may be the ten in question.
 */
export function expiredEarly(question: GapQuestion): boolean {
  const { asOf, readAt, eventTtlMs, oldestSurvivor, livingSince, preexisting = 0, clockSkewMs = 0 } = question;
  if (preexisting >= enoughObjects || asOf === undefined || livingSince === undefined) return false;
  const slackMs = leaseReuseMs(eventTtlMs);
  // A clock that was ahead dated those writes too late.
  const mayExpireAt = livingSince - Math.max(clockSkewMs, 0) + eventTtlMs - slackMs;
  if (readAt >= mayExpireAt) return false;
  return oldestSurvivor === undefined || (livingSince <= asOf - slackMs && oldestSurvivor > asOf - slackMs);
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
