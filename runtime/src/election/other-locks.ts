/**
 * Locks of the other kinds that bear our lock's name: an Agent, or a collector that is set differently, may lead by one of them. Whoever is
 * about to lead looks at them first, and lets a live holder there finish.
 *
 * A lock counts as live until its record stayed unchanged for its own duration, as seen by this process; or by the one that led before, whose
 * word our lock carries: without it every hand-over would wait for the lock that an Agent left behind for good.
 *
 * Candidates of different kinds that start together all looked before any had won. So whoever has won looks once more before it acts, and every
 * retry period while it leads: of two collectors the one of the later kind yields, and to anybody else every collector does.
 *
 * Not promised: that nobody takes a lock of another kind later. An Agent does not look at ours; nor does a collector that may not read it.
 */
import { type LockResource, lockResources } from '../contract/lock-resource.ts';
import type { Clock } from '../support/clock.ts';
import { type CollectorError, isCollectorError } from '../support/errors.ts';
import type { Report } from '../support/happening.ts';
import type { KubernetesObject, NamedObject } from '../support/kubernetes-object.ts';
import { type Candidate, decideCandidate } from './candidate-decision.ts';
import type { LockCodec } from './lock-codec.ts';
import { isCollector, isRelease, type LeaderRecord, sameRecord } from './leader-record.ts';
import { isInUse, nothingSeen, type Observation, observe } from './observation.ts';

export interface OtherLock {
  readonly resource: LockResource;
  readonly lock: NamedObject<KubernetesObject>;
  readonly codec: LockCodec;
}

export interface OtherLocksOptions {
  readonly self: Candidate;
  /** The kind of the lock that this process stands for. */
  readonly own: LockResource;
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

/** What a leader has to do about somebody who holds a lock of another kind. */
export type Standing =
  | { readonly kind: 'alone' }
  /** Keep the lock, and do nothing else until the other one is gone. */
  | { readonly kind: 'wait'; readonly lock: string; readonly holder: string }
  /** Release the lock. */
  | { readonly kind: 'yield'; readonly lock: string; readonly holder: string };

const alone: Standing = { kind: 'alone' };

export class OtherLocks {
  readonly #options: OtherLocksOptions;
  readonly #watched: readonly WatchedLock[];

  constructor(options: OtherLocksOptions) {
    this.#options = options;
    this.#watched = options.locks.map((lock) => new WatchedLock(lock));
  }

  /**
   * Reads each of them once more, as the holder of the own lock: who has taken one since {@link look}? A lock that may not be read is passed
   * over. Throws what else a request throws.
   */
  async lookAgain(signal: AbortSignal): Promise<Standing> {
    const found = await Promise.all(this.#watched.map((watched) => watched.lookAgain(this.#options, signal)));
    return found.find(({ kind }) => kind === 'yield') ?? found.find(({ kind }) => kind === 'wait') ?? alone;
  }

  /** Whether the lock of this kind could be read at the last look. After one that found nobody, it is free then. */
  canRead(resource: LockResource): boolean {
    return this.#watched.some((watched) => watched.resource === resource && watched.isReadable);
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
  /** As it was at the last look before the own lock was taken: nobody led by it then. */
  #before: LeaderRecord | undefined;
  /** Whether it named somebody at the last look. */
  #isInUse = false;
  #readable = false;
  #holderTold: string | undefined;
  #refusalTold = false;

  constructor(other: OtherLock) {
    this.#other = other;
  }

  get resource(): LockResource {
    return this.#other.resource;
  }

  get isReadable(): boolean {
    return this.#readable;
  }

  async look(options: OtherLocksOptions, known: ReadonlySet<string>, signal: AbortSignal): Promise<Finding> {
    const { resource } = this.#other;
    if (!(await this.#read(options, signal)))
      return { ...nothing, expiredLocks: [...known].find((name) => name.startsWith(`${resource}/`)) };
    this.#before = this.#seen.record;
    return this.#judge(options, known);
  }

  async lookAgain(options: OtherLocksOptions, signal: AbortSignal): Promise<Standing> {
    const { self, own, clock } = options;
    const { lock, resource } = this.#other;
    if (!(await this.#read(options, signal))) return alone;
    const { record } = this.#seen;
    if (record === undefined || isRelease(record)) return alone;
    const isUnchanged = this.#before !== undefined && sameRecord(this.#before, record);
    if (isUnchanged || decideCandidate(self, this.#seen, clock.now()).act === 'acquire') return alone;
    const holder = record.holderIdentity;
    const isLater = lockResources.indexOf(resource) > lockResources.indexOf(own);
    return { kind: isLater && isCollector(holder) ? 'wait' : 'yield', lock: lock.description, holder };
  }

  /** @returns whether it may be read */
  async #read(options: OtherLocksOptions, signal: AbortSignal): Promise<boolean> {
    const { requestTimeoutMs: timeoutMs, clock } = options;
    const { lock, codec } = this.#other;
    this.#readable = false;
    try {
      const object = await lock.get({ timeoutMs, signal, tellWarnings: false });
      const state = object === undefined ? undefined : codec.read(object);
      const seen = observe(this.#seen, object, state, clock.now());
      // Until its lock was deleted or emptied, its holder may have renewed it unseen.
      this.#seen = this.#isInUse && !isInUse(state) ? { ...seen, since: clock.now() } : seen;
      this.#isInUse = isInUse(state);
      this.#readable = true;
    } catch (error) {
      if (!isForbidden(error)) throw error;
      this.#tellRefusal(options, error);
    }
    return this.#readable;
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
