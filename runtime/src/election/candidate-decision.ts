/**
 * What a candidate does next, decided from what it has observed.
 *
 * A lease has expired when its record has not changed for the record's own duration *on this process's monotonic clock*. Times written
 * in the record are never compared with a local clock, so clock offsets between nodes do no harm.
 *
 * Not promised here: that there is only one leader at any instant. A process may be paused between a decision and its effect, and two
 * clocks may differ in rate. `Term` bounds the first with its validity check, the ratio of lease duration to renew deadline (1.5) the second.
 */
import { formatIdentity, type Identity, isEarlierProcessOf, isRelease } from './leader-record.ts';
import type { Observation } from './observation.ts';

export interface Candidate {
  readonly identity: Identity;
  /** The port that this process has bound; undefined where it is not a fixed one. */
  readonly healthPort: number | undefined;
}

export type Opening = 'no leader yet' | 'released' | 'own record' | 'own pod restarted' | 'lease expired';

export type CandidateDecision =
  | { readonly act: 'acquire'; readonly because: Opening }
  | { readonly act: 'wait'; readonly until: number };

/** @param now milliseconds of the same monotonic clock as `seen.since` */
export function decideCandidate(self: Candidate, seen: Observation, now: number): CandidateDecision {
  const decision = decideByRecord(self, seen, now);
  return decision.act === 'acquire' && now < seen.notBefore ? { act: 'wait', until: seen.notBefore } : decision;
}

function decideByRecord(self: Candidate, seen: Observation, now: number): CandidateDecision {
  const { record, since } = seen;
  if (record === undefined) return { act: 'acquire', because: 'no leader yet' };
  if (isRelease(record)) return { act: 'acquire', because: 'released' };
  if (record.holderIdentity === formatIdentity(self.identity)) return { act: 'acquire', because: 'own record' };
  if (isGoneProcessOfOwnPod(self, seen)) return { act: 'acquire', because: 'own pod restarted' };

  const deadline = since + record.leaseDurationMs;
  return now >= deadline ? { act: 'acquire', because: 'lease expired' } : { act: 'wait', until: deadline };
}

/** An earlier process of this pod that still ran would hold the port that this process has bound. */
function isGoneProcessOfOwnPod(self: Candidate, { record, healthPort }: Observation): boolean {
  if (record === undefined || self.healthPort === undefined || self.healthPort !== healthPort) return false;
  return isEarlierProcessOf(self.identity, record.holderIdentity);
}

/**
 * How long to hold back before the takeover request, so that many followers do not all send one. `bound * u^(1/6)` puts most of
 * them near the bound while the earliest of n acts after about `bound * n^(-1/6)`: 120 of 150 ms for two followers, 36 ms for five
 * thousand, whose others have seen the winner before they act.
 *
 * @param u uniformly random in (0, 1)
 */
export function takeoverDelayMs(because: Opening, u: number): number {
  if (because === 'own pod restarted' || because === 'own record') return 0;
  const bound = because === 'lease expired' ? 1_500 : 150;
  return bound * u ** (1 / 6);
}
