/**
 * The beginning of a term: what is stored is read, the start decided, and both written back as this term's claim. Nothing is read from the
 * Events before the claim stands, or is known to be impossible.
 */
import type { EventSource } from '../collection/event-source.ts';
import { decideStart, type Start, type StartPolicy } from '../collection/start-decision.ts';
import { backoffMs } from '../support/backoff.ts';
import type { Clock, Random } from '../support/clock.ts';
import { isCollectorError } from '../support/errors.ts';
import type { Report } from '../support/happening.ts';
import { beginning, parseResourceVersion, type ResourceVersion } from '../support/resource-version.ts';
import type { LockResource } from '../contract/lock-resource.ts';
import type { Term } from '../term.ts';
import { type ClaimWatch, decideClaim, formatLock, type LockName } from '../token/claim-decision.ts';
import { decidePosition, type Position } from '../token/position-decision.ts';
import { parseCopy, type ResumeToken } from '../token/resume-token.ts';
import { markOf, type StoredToken } from '../token/token-config-map.ts';
import type { TokenStore } from '../token/token-store.ts';

/** What this process settled in an earlier term. */
export interface SettledBefore {
  readonly token: ResumeToken;
  /** {@link markOf} the ConfigMap then. */
  readonly mark: string | undefined;
}

export interface ClaimOptions {
  readonly term: Term;
  readonly store: Pick<TokenStore, 'read' | 'claim'>;
  readonly own: LockName;
  readonly watch: ClaimWatch;
  readonly isKnownFree: (resource: LockResource) => boolean;
  readonly retryPeriodMs: number;
  /** A leader that lives writes the ConfigMap more often than this. */
  readonly patienceMs: number;
  readonly source: Pick<EventSource, 'probe'>;
  /** The token's copy as the lock carried it. */
  readonly copy: string | undefined;
  readonly readClusterUid: (signal: AbortSignal) => Promise<string | undefined>;
  readonly seen: { readonly history: number; readonly highest: ResourceVersion } | undefined;
  /** Undefined in a process's first term, and after one that ended in order. */
  readonly settled: SettledBefore | undefined;
  readonly policy: StartPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Report;
}

export interface Claimed {
  readonly start: Start;
  /** Whether the ConfigMap carries the claim; otherwise the lock's copy is the only token for now. */
  readonly stored: boolean;
  /** The store's resourceVersion for Events when the start was decided. */
  readonly probed: ResourceVersion;
}

const retry = { initialMs: 500, maximumMs: 15_000 };

/** Asks until there is an answer. Throws TERM_OVER, or the signal's reason. */
export async function claimToken(options: ClaimOptions, signal: AbortSignal): Promise<Claimed> {
  const { store, source, readClusterUid, copy, seen, settled, policy, term, clock, random, report } = options;
  for (let failures = 1; ; failures += 1) {
    const stored = await untilUnclaimed(options, signal);
    const clusterUid = await untilAnswered(options, 'get', signal, () => readClusterUid(signal));
    const probe = await untilAnswered(options, 'list', signal, () => source.probe(signal));
    // Once somebody else has claimed, the token may have been put back to an earlier state, where the same number means another version.
    const remembered = settled?.mark === markOf(stored) ? settled?.token : undefined;
    const position = decidePosition(stored, parseCopy(copy), clusterUid, remembered);
    warnAbout(stored, position, clusterUid, report);
    const start = decideStart({
      position,
      probed: probe.resourceVersion,
      probedAt: probe.time,
      seen,
      policy,
      clusterUid,
    });
    const outcome = await store.claim(start.token, signal);
    if (outcome === 'claimed' || outcome === 'lock only') {
      report({
        what: 'token claimed',
        term: term.number,
        position: String(start.token.position),
        origin: start.origin,
      });
      return { start, stored: outcome === 'claimed', probed: probe.resourceVersion };
    }
    await clock.sleep(backoffMs(retry, failures, random), signal);
  }
}

/** Reads what is stored, until nobody who leads by another lock claims it. */
async function untilUnclaimed(options: ClaimOptions, signal: AbortSignal): Promise<StoredToken> {
  const { store, own, watch, isKnownFree, patienceMs, retryPeriodMs, clock, report } = options;
  let told: string | undefined;
  for (;;) {
    const stored = await untilAnswered(options, 'get', signal, () => store.read(signal));
    const unchangedMs = watch.unchangedMs(stored, clock.now());
    const decision = decideClaim({ stored, own, unchangedMs, patienceMs, isKnownFree });
    if (decision.kind !== 'taken') {
      if (decision.kind === 'abandoned')
        report({ what: 'claim abandoned', holder: decision.holder, lock: decision.lock });
      if (told !== undefined) report({ what: 'held back', by: undefined });
      return stored;
    }
    const { holder, lock } = decision;
    const by = `the token is claimed by ${holder}, who leads by lock ${lock}; the own lock is ${formatLock(own)}`;
    if (by !== told) report({ what: 'held back', by });
    told = by;
    await clock.sleep(retryPeriodMs, signal);
  }
}

/** A failing request says nothing about the token: it is asked again, with back-off, while the term lasts. */
async function untilAnswered<T>(
  { term, clock, random, report }: ClaimOptions,
  verb: 'get' | 'list',
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    term.assertValid();
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (!isCollectorError(error)) throw error;
      report({ what: 'collection request failed', verb, error });
      await clock.sleep(Math.max(backoffMs(retry, failures, random), error.details.retryAfterMs ?? 0), signal);
    }
  }
}

function warnAbout(stored: StoredToken, position: Position, clusterUid: string | undefined, report: Report): void {
  const { key } = stored;
  if (key !== undefined && key !== '' && parseResourceVersion(key) === undefined)
    report({ what: 'token unreadable', found: key.slice(0, 40) });
  if (position.kind === 'none' && position.foreignUid !== undefined) {
    report({ what: 'token of another cluster', found: position.foreignUid, expected: clusterUid ?? '' });
  }
  if (position.kind === 'moved' && position.token.position > beginning) {
    report({ what: 'token moved by hand', from: String(position.from.position), to: String(position.token.position) });
  }
}
