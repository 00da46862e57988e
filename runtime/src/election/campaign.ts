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
import type { HeldState, LockCodec } from './lock-codec.ts';
import type { Observation } from './observation.ts';
import type { Finding } from './other-locks.ts';

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
  const { self, clock, random, times } = options;
  const backoff = { initialMs: 100, maximumMs: times.retryPeriodMs };
  let failures = 0;
  let othersHeldUntil = 0;
  let attempt: Attempt | undefined;
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
    const othersHold = othersHeldUntil - clock.now();
    if (othersHold > 0) {
      await follower.changed.rungWithin(othersHold, clock, signal);
      continue;
    }
    if (await follower.changed.rungWithin(takeoverDelayMs(decision.because, random()), clock, signal)) continue;

    const found = await lookAtOthers(options, follower, signal);
    if (found?.heldUntil !== undefined) {
      // Spread, for all candidates wait for the same holder.
      othersHeldUntil = found.heldUntil + ((found.heldUntil - clock.now()) * random()) / 10;
      continue;
    }
    // While it looked somebody may have been faster.
    if (decideCandidate(self, follower.seen, clock.now()).act === 'wait') continue;
    if (found !== undefined) {
      attempt = nextAttempt(options, follower.seen, found, attempt);
      const won = await takeOver(options, follower, attempt, signal);
      if (won !== undefined) return { ...won, because: decision.because };
    }
    failures += 1;
    await clock.sleep(backoffMs(backoff, failures, random), signal);
  }
}

/** @returns undefined where it cannot be said whether somebody leads by another lock */
async function lookAtOthers(
  { others, codec, report }: ElectionOptions,
  { seen }: Follower,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const known = seen.object === undefined ? undefined : codec.read(seen.object).expiredLocks;
  if (others === undefined) return { heldUntil: undefined, expiredLocks: known };
  try {
    return await others.look(known, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isCollectorError(error)) throw error;
    report({ what: 'lock request failed', error });
    return undefined;
  }
}

/** What a takeover request says, and the term that begins if it was applied. */
interface Attempt {
  readonly state: HeldState;
  readonly term: Term;
}

/**
 * Where times are whole seconds, two attempts may say the same. Then it is the earlier one's term: its request may be the one that was
 * applied, and others count from then.
 */
function nextAttempt(
  options: ElectionOptions,
  seen: Observation,
  { expiredLocks }: Finding,
  before: Attempt | undefined,
): Attempt {
  const state = { ...ownState(options, seen), expiredLocks };
  const isSame = before !== undefined && sameRecord(before.state.record, state.record);
  return { state, term: isSame ? before.term : beginTerm(options, state) };
}

/** One PUT, or a POST where there is no object. @returns undefined where it was not won */
async function takeOver(
  options: ElectionOptions,
  follower: Follower,
  { state, term }: Attempt,
  signal: AbortSignal,
): Promise<Omit<Won, 'because'> | undefined> {
  const { lock, codec, report, times } = options;
  const { object } = follower.seen;
  const body = codec.write(object, lock, state);
  // Not broken off by a stop: it might be applied all the same, and the lock would name a process that is gone.
  const request = { timeoutMs: times.requestTimeoutMs };
  try {
    const answer = await (object === undefined ? lock.create(body, request) : lock.replace(body, request));
    return { object: answer, state, term };
  } catch (error) {
    // Stopped, and nobody reads the lock again: it may name this process until its lease is over.
    if (signal.aborted && isCollectorError(error, 'API_UNAVAILABLE', 'API_BROKEN'))
      report({ what: 'release failed', term: term.number, error });
    signal.throwIfAborted();
    if (!isCollectorError(error)) throw error;
    report(
      isCollectorError(error, 'API_CONFLICT', 'API_NOT_FOUND')
        ? { what: 'takeover lost', error }
        : { what: 'lock request failed', error },
    );
    await readAgain(options, follower, signal);
    const { object: found } = follower.seen;
    return found !== undefined && saysTheSame(codec, found, body) ? { object: found, state, term } : undefined;
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

function ownState({ self, clock, times, codec }: ElectionOptions, seen: Observation): Omit<HeldState, 'expiredLocks'> {
  const now = codec.time(clock.wallTime());
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

/** Whether what is found is this attempt's: one that said something else had another term. */
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
