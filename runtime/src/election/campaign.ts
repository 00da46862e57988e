/**
 * Stands for election until this process holds the lock: waits for the observed record's deadline or for a release, holds back for a random
 * moment, and takes over with one request whose precondition is the object last seen.
 *
 * Not promised: that the winner is alone for good. What it may do, and for how long, its Term says.
 */
import { backoffMs } from '../support/backoff.ts';
import { isCollectorError } from '../support/errors.ts';
import type { KubernetesObject } from '../support/kubernetes-object.ts';
import { linked } from '../support/signals.ts';
import { Term } from '../term.ts';
import { decideCandidate, type Opening, takeoverDelayMs } from './candidate-decision.ts';
import type { ElectionOptions } from './election-options.ts';
import { Follower } from './follower.ts';
import { formatIdentity, sameRecord } from './leader-record.ts';
import { microTime } from './lease-codec.ts';
import type { HeldState, LockCodec } from './lock-codec.ts';
import type { Observation } from './observation.ts';

/** The lock, won. */
export interface Won {
  readonly object: KubernetesObject;
  readonly state: HeldState;
  /** Begun at the start of the request that won it. */
  readonly term: Term;
  readonly because: Opening;
}

export interface Campaign {
  /** What this process has seen of the lock so far. */
  readonly follower: Follower;
  /** Resolves when the lock is won; rejects with the signal's reason, or with a defect. */
  won(signal: AbortSignal): Promise<Won>;
}

export function startCampaign(options: ElectionOptions, seen: Observation): Campaign {
  const follower = new Follower(options, seen);
  return {
    follower,
    async won(signal) {
      const scope = linked(signal);
      const following = follower.follow(scope.signal);
      try {
        return await Promise.race([standForElection(options, follower, scope.signal), rejectionOf(following)]);
      } finally {
        scope.abort();
        await following;
      }
    },
  };
}

async function standForElection(options: ElectionOptions, follower: Follower, signal: AbortSignal): Promise<Won> {
  const { self, clock, random } = options;
  let failures = 0;
  for (;;) {
    if (!follower.ready) {
      await follower.changed.rung(signal);
      continue;
    }
    const decision = decideCandidate(self, follower.seen, clock.now());
    if (decision.act === 'wait') {
      failures = 0;
      await follower.changed.rungWithin(decision.until - clock.now(), clock, signal);
      continue;
    }
    if (decision.because === 'lease expired' && follower.isBlindAt(deadlineOf(follower.seen))) {
      await follower.changed.rung(signal);
      continue;
    }
    if (await follower.changed.rungWithin(takeoverDelayMs(decision.because, random()), clock, signal)) continue;

    const won = await takeOver(options, follower, decision.because, signal);
    if (won !== undefined) return won;
    failures += 1;
    await clock.sleep(backoffMs({ initialMs: 100, maximumMs: options.times.retryPeriodMs }, failures, random), signal);
  }
}

/** One PUT, or a POST where there is no object. @returns undefined where it was not won */
async function takeOver(
  options: ElectionOptions,
  follower: Follower,
  because: Opening,
  signal: AbortSignal,
): Promise<Won | undefined> {
  const { lock, codec, report, times } = options;
  const { object } = follower.seen;
  const state = ownState(options, follower.seen);
  const term = beginTerm(options, state);
  const body = codec.write(object, lock, state);
  // Not broken off by a stop: it might be applied all the same, and the lock would name a process that is gone.
  const request = { timeoutMs: times.requestTimeoutMs };
  try {
    const answer = await (object === undefined ? lock.create(body, request) : lock.replace(body, request));
    return { object: answer, state, term, because };
  } catch (error) {
    signal.throwIfAborted();
    if (!isCollectorError(error)) throw error;
    report(
      isCollectorError(error, 'API_CONFLICT', 'API_NOT_FOUND')
        ? { what: 'takeover lost', error }
        : { what: 'lock request failed', error },
    );
    await readAgain(options, follower, signal);
    const { object: found } = follower.seen;
    return found !== undefined && saysTheSame(codec, found, body) ? { object: found, state, term, because } : undefined;
  }
}

/** Before the request: what happens to the clocks while it is under way counts. */
function beginTerm({ times, clock }: ElectionOptions, { record }: HeldState): Term {
  return new Term({
    number: record.transitions,
    holder: record.holderIdentity,
    startedAt: clock.now(),
    renewDeadlineMs: times.renewDeadlineMs,
    clock,
  });
}

async function readAgain({ report }: ElectionOptions, follower: Follower, signal: AbortSignal): Promise<void> {
  try {
    await follower.read(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isCollectorError(error)) throw error;
    report({ what: 'lock request failed', error });
  }
}

function ownState({ self, clock, times, codec }: ElectionOptions, seen: Observation): HeldState {
  const now = microTime(clock.wallTime());
  return {
    record: {
      holderIdentity: formatIdentity(self.identity),
      leaseDurationMs: times.leaseDurationMs,
      transitions: (seen.record?.transitions ?? 0) + 1,
      acquireTime: now,
      renewTime: now,
    },
    tokenCopy: seen.object === undefined ? undefined : codec.read(seen.object).tokenCopy,
    healthPort: self.healthPort,
  };
}

/** Whether it is this very request that was applied: an earlier attempt bears other times, for its lease is older than this term. */
function saysTheSame(codec: LockCodec, found: KubernetesObject, written: KubernetesObject): boolean {
  const { record } = codec.read(found);
  const { record: ours } = codec.read(written);
  return record !== undefined && ours !== undefined && sameRecord(record, ours);
}

function deadlineOf({ record, since }: Observation): number {
  return since + (record?.leaseDurationMs ?? 0);
}

/** Never resolves: the loop that follows the lock ends by itself only through a defect. */
async function rejectionOf(following: Promise<void>): Promise<never> {
  await following;
  return new Promise(() => undefined);
}
