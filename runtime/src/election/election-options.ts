import type { Clock, Random } from '../support/clock.ts';
import type { Report } from '../support/happening.ts';
import type { KubernetesObject, NamedObject } from '../support/kubernetes-object.ts';
import type { Candidate } from './candidate-decision.ts';
import type { LockCodec } from './lock-codec.ts';
import type { OtherLocks } from './other-locks.ts';

export interface ElectionOptions {
  readonly self: Candidate;
  readonly lock: NamedObject<KubernetesObject>;
  readonly codec: LockCodec;
  /** Absent: only this lock decides. */
  readonly others?: OtherLocks;
  readonly times: ElectionTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Report;
}

export interface ElectionTimes {
  readonly leaseDurationMs: number;
  /** A term lapses this long after the start of its last renewal. */
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  /** How long one request to the lock may take. */
  readonly requestTimeoutMs: number;
}

/** The Agent's proportions: with 60 s, renewal every 15 s, given up after 40 s. Each request may take a third of the retry period. */
export function electionTimes(leaseDurationMs: number): ElectionTimes {
  return {
    leaseDurationMs,
    renewDeadlineMs: (leaseDurationMs * 2) / 3,
    retryPeriodMs: leaseDurationMs / 4,
    requestTimeoutMs: leaseDurationMs / 12,
  };
}
