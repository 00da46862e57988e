/**
 * Stands for election until this process holds the lock: waits for the observed record's deadline or for a release, holds back for a random
 * moment, and takes over with one request whose precondition is the object last seen.
 *
 * Not promised: that the winner is alone for good. What it may do, and for how long, its Term says.
 */
import { backoffMs } from '../support/backoff.ts';
import { isCollectorError } from '../support/errors.ts';
import { linked } from '../support/signals.ts';
import type { KubernetesObject } from '../support/kubernetes-object.ts';
import { decideCandidate, type Opening, takeoverDelayMs } from './candidate-decision.ts';
import type { ElectionOptions } from './election-options.ts';
import { Follower } from './follower.ts';
import { formatIdentity } from './leader-record.ts';
import { microTime } from './lease-codec.ts';
import type { HeldState } from './lock-codec.ts';
import type { Observation } from './observation.ts';

/** The lock, won. */
export interface Won {
  readonly object: KubernetesObject;
  readonly state: HeldState;
  /** Start of the request that won it, in milliseconds of the monotonic clock. */
  readonly startedAt: number;
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
  const { lock, codec, clock, report, times } = options;
  const { object } = follower.seen;
  const startedAt = clock.now();
  const state = ownState(options, follower.seen);
  const body = codec.write(object, lock, state);
  const request = { timeoutMs: times.requestTimeoutMs, signal };
  try {
    const answer = await (object === undefined ? lock.create(body, request) : lock.replace(body, request));
    return { object: answer, state, startedAt, because };
  } catch (error) {
    signal.throwIfAborted();
    if (!isCollectorError(error)) throw error;
    report(
      isCollectorError(error, 'API_CONFLICT', 'API_NOT_FOUND')
        ? { what: 'takeover lost', error }
        : { what: 'lock request failed', error },
    );
    const answered = await readAgain(options, follower, signal);
    const mine = error.code === 'API_UNAVAILABLE' && answered && isOurs(follower.seen, state);
    return mine && follower.seen.object !== undefined
      ? { object: follower.seen.object, state, startedAt, because }
      : undefined;
  }
}

async function readAgain({ report }: ElectionOptions, follower: Follower, signal: AbortSignal): Promise<boolean> {
  try {
    await follower.read(signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!isCollectorError(error)) throw error;
    report({ what: 'lock request failed', error });
    return false;
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

function isOurs({ record }: Observation, { record: ours }: HeldState): boolean {
  return record?.holderIdentity === ours.holderIdentity && record?.transitions === ours.transitions;
}

function deadlineOf({ record, since }: Observation): number {
  return since + (record?.leaseDurationMs ?? 0);
}

/** Never resolves: the loop that follows the lock ends by itself only through a defect. */
async function rejectionOf(following: Promise<void>): Promise<never> {
  await following;
  return new Promise(() => undefined);
}
