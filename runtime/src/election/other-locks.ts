/**
 * Locks of the other kinds that bear our lock's name: an Agent, or a collector that is set differently, may lead by one of them. Whoever is
 * about to lead looks at them first, and lets a live holder there finish.
 *
 * A lock counts as live until its record stayed unchanged for its own duration, as seen by this process; or by the one that led before, whose
 * word our lock carries: without it every hand-over would wait for the lock that an Agent left behind for good.
 *
 * Not promised: that nobody takes a lock of another kind at the same moment or later. An Agent does not look at ours.
 */
import type { LockResource } from '../contract/lock-resource.ts';
import type { Clock } from '../support/clock.ts';
import { type CollectorError, isCollectorError } from '../support/errors.ts';
import type { Report } from '../support/happening.ts';
import type { KubernetesObject, NamedObject } from '../support/kubernetes-object.ts';
import { type Candidate, decideCandidate } from './candidate-decision.ts';
import type { LockCodec } from './lock-codec.ts';
import { nothingSeen, type Observation, observe } from './observation.ts';

export interface OtherLock {
  readonly resource: LockResource;
  readonly lock: NamedObject<KubernetesObject>;
  readonly codec: LockCodec;
}

export interface OtherLocksOptions {
  readonly self: Candidate;
  readonly locks: readonly OtherLock[];
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  readonly report: Report;
}

export interface Finding {
  /** Until when, on the monotonic clock, somebody else has to be taken for alive; undefined: nobody has. */
  readonly heldUntil: number | undefined;
  /** For our lock to carry: every lock with a holder that is gone, in the state in which it was found. */
  readonly expiredLocks: string | undefined;
}

export class OtherLocks {
  readonly #options: OtherLocksOptions;
  readonly #watched: readonly WatchedLock[];

  constructor(options: OtherLocksOptions) {
    this.#options = options;
    this.#watched = options.locks.map((lock) => new WatchedLock(lock));
  }

  /**
   * Reads each of them once. A lock that may not be read is passed over. Throws what else a request throws.
   *
   * @param known what our lock carries from its last holder
   */
  async look(known: string | undefined, signal: AbortSignal): Promise<Finding> {
    const expired = new Set(known?.split(' ') ?? []);
    const findings = await Promise.all(this.#watched.map((watched) => watched.look(this.#options, expired, signal)));
    const deadlines = findings.flatMap(({ heldUntil }) => heldUntil ?? []);
    const gone = findings.flatMap(({ expiredLocks }) => expiredLocks ?? []);
    return {
      heldUntil: deadlines.length === 0 ? undefined : Math.max(...deadlines),
      expiredLocks: gone.length === 0 ? undefined : gone.join(' '),
    };
  }
}

const nothing: Finding = { heldUntil: undefined, expiredLocks: undefined };

class WatchedLock {
  readonly #other: OtherLock;
  #seen: Observation = nothingSeen;
  #holderTold: string | undefined;
  #refusalTold = false;

  constructor(other: OtherLock) {
    this.#other = other;
  }

  async look(options: OtherLocksOptions, known: ReadonlySet<string>, signal: AbortSignal): Promise<Finding> {
    const { requestTimeoutMs: timeoutMs, clock } = options;
    const { lock, codec, resource } = this.#other;
    try {
      const object = await lock.get({ timeoutMs, signal, tellWarnings: false });
      this.#seen = observe(this.#seen, object, object === undefined ? undefined : codec.read(object), clock.now());
    } catch (error) {
      if (!isForbidden(error)) throw error;
      this.#tellRefusal(options, error);
      return { ...nothing, expiredLocks: [...known].find((name) => name.startsWith(`${resource}/`)) };
    }
    return this.#judge(options, known);
  }

  #judge(options: OtherLocksOptions, known: ReadonlySet<string>): Finding {
    const { self, clock } = options;
    const { object, record } = this.#seen;
    const state = object === undefined ? undefined : this.#nameOf(object);
    const decision = decideCandidate(self, this.#seen, clock.now());
    if (decision.act === 'wait' && (state === undefined || !known.has(state))) {
      this.#tellHolder(options, record?.holderIdentity ?? '');
      return { ...nothing, heldUntil: decision.until };
    }
    this.#holderTold = undefined;
    const named = record !== undefined && record.holderIdentity !== '';
    return { ...nothing, expiredLocks: named ? state : undefined };
  }

  /** One state of one object: whatever is written to it afterwards has another name. */
  #nameOf({ metadata }: KubernetesObject): string {
    return [this.#other.resource, metadata?.uid, metadata?.resourceVersion].join('/');
  }

  #tellHolder({ report }: OtherLocksOptions, holder: string): void {
    if (this.#holderTold === holder) return;
    this.#holderTold = holder;
    report({ what: 'other lock held', lock: this.#other.lock.description, holder });
  }

  #tellRefusal({ report }: OtherLocksOptions, error: CollectorError): void {
    if (this.#refusalTold) return;
    this.#refusalTold = true;
    report({ what: 'other lock forbidden', error });
  }
}

/** Credentials that are not accepted (401) say nothing of what they may read. */
function isForbidden(error: unknown): error is CollectorError {
  return isCollectorError(error, 'API_FORBIDDEN') && error.details.status !== 401;
}
