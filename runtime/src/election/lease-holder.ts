/**
 * Keeps the lock for one term: renews it every retry period, carries the token's copy with each renewal, releases it at the end. One writer
 * at a time, so that a release never races with a renewal.
 *
 * Not promised: that the lock still names us between two requests. The Term says until when that may be assumed.
 */
import { pause } from '../support/clock.ts';
import { CollectorError, isCollectorError } from '../support/errors.ts';
import type { KubernetesObject } from '../support/kubernetes-object.ts';
import type { Term } from '../term.ts';
import type { Won } from './campaign.ts';
import type { ElectionOptions } from './election-options.ts';
import { type LeaderRecord, releaseDurationMs, sameRecord } from './leader-record.ts';
import type { HeldState, LockState } from './lock-codec.ts';

/** What leaves open whether the lock is still ours: it is read then. */
const unclear = ['API_CONFLICT', 'API_UNAVAILABLE', 'API_BROKEN', 'API_NOT_FOUND'] as const;

export class LeaseHolder {
  readonly #options: ElectionOptions;
  readonly #term: Term;
  readonly #record: LeaderRecord;
  readonly #expiredLocks: string | undefined;
  /** The record last written, and the start of the first request that carried it. */
  #written: { readonly record: LeaderRecord; readonly since: number };
  #object: KubernetesObject;
  #writing: Promise<unknown> = Promise.resolve();
  #copy: () => string | undefined;

  constructor(options: ElectionOptions, won: Won) {
    this.#options = options;
    this.#term = won.term;
    this.#object = won.object;
    const { record, tokenCopy, expiredLocks } = won.state;
    this.#record = record;
    this.#expiredLocks = expiredLocks;
    this.#written = { record, since: won.term.validUntil - options.times.renewDeadlineMs };
    this.#copy = () => tokenCopy;
  }

  /** From now on each write of the lock carries what `copy` returns. */
  carry(copy: () => string | undefined): void {
    this.#copy = copy;
  }

  /** What the next write of the lock would carry. */
  get copy(): string | undefined {
    return this.#copy();
  }

  /** The lock as last answered or written. */
  get object(): KubernetesObject {
    return this.#object;
  }

  /** Renews until the signal aborts or the term is over. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock, times } = this.#options;
    let next = this.#term.validUntil - times.renewDeadlineMs + times.retryPeriodMs;
    let failures = 0;
    while (!signal.aborted && this.#term.check()) {
      const early = Math.min(next, this.#term.validUntil) - clock.now();
      if (early > 0) {
        await pause(clock, early, signal);
        continue;
      }
      const startedAt = clock.now();
      failures = (await this.#alone(() => this.#renew(startedAt))) ? 0 : failures + 1;
      next =
        failures === 0
          ? startedAt + times.retryPeriodMs
          : clock.now() + Math.min(1_000 * 2 ** (failures - 1), times.retryPeriodMs);
    }
  }

  /** Asks the API server whether the lock still names this term. Throws what the request throws. */
  async stillNamesUs(signal: AbortSignal): Promise<boolean> {
    const object = await this.#read(signal);
    return object !== undefined && this.#isOurs(object);
  }

  /** Lets go of the lock, with the last copy of the token. A failure only costs the others the rest of the lease: it is told, not thrown. */
  async release(): Promise<void> {
    await this.#alone(async () => {
      const { report } = this.#options;
      const term = this.#term.number;
      try {
        await this.#writeRelease();
        report({ what: 'lock released by us', term });
      } catch (error) {
        if (!isCollectorError(error)) throw error;
        report({ what: 'release failed', term, error });
      }
    });
  }

  async #writeRelease(): Promise<void> {
    this.#term.assertValid();
    const released = this.#released();
    try {
      await this.#write(released);
    } catch (error) {
      if (!isCollectorError(error, ...unclear)) throw error;
      this.#term.assertValid();
      const found = await this.#read();
      if (found !== undefined && this.#says(found, released)) return;
      this.#adoptOurs(found);
      await this.#write(released);
    }
  }

  /** @returns whether the lease was renewed */
  async #renew(startedAt: number): Promise<boolean> {
    const { report, clock } = this.#options;
    const term = this.#term.number;
    try {
      if (!this.#term.check()) return false;
      await this.#writeRenewal(startedAt);
      this.#term.renewed(this.#written.since);
      report({ what: 'lease renewed', term, milliseconds: clock.now() - startedAt });
      return true;
    } catch (error) {
      if (!isCollectorError(error)) throw error;
      report({ what: 'renewal failed', term, error });
      return false;
    }
  }

  /** After a conflict or an ambiguous answer the lock itself says whether it is still ours. */
  async #writeRenewal(startedAt: number): Promise<void> {
    try {
      await this.#write(this.#renewedNow(startedAt));
    } catch (error) {
      if (!isCollectorError(error, ...unclear)) throw error;
      this.#adoptOurs(await this.#read());
      this.#term.assertValid();
      await this.#write(this.#renewedNow(startedAt));
    }
  }

  #read(signal?: AbortSignal): Promise<KubernetesObject | undefined> {
    const { lock, times } = this.#options;
    return lock.get({ timeoutMs: times.requestTimeoutMs, ...(signal === undefined ? {} : { signal }) });
  }

  /** Goes on from the lock as found, or ends the term where it is not ours any more. */
  #adoptOurs(object: KubernetesObject | undefined): void {
    const { lock } = this.#options;
    if (object === undefined) this.#term.end(`${lock.description} was deleted`);
    else if (!this.#isOurs(object)) this.#term.end(`${lock.description} names another holder`);
    if (object === undefined || this.#term.signal.aborted) throw overError(this.#term);
    this.#object = object;
  }

  async #write(state: LockState): Promise<void> {
    const { lock, codec, times } = this.#options;
    this.#object = await lock.replace(codec.write(this.#object, lock, state), { timeoutMs: times.requestTimeoutMs });
  }

  /** Where times are whole seconds, a renewal may say what the one before said. Others do not see it, so it must not lengthen the term. */
  #renewedNow(startedAt: number): LockState {
    const { clock, self, codec } = this.#options;
    const record = { ...this.#record, renewTime: codec.time(clock.wallTime()) };
    if (!sameRecord(record, this.#written.record)) this.#written = { record, since: startedAt };
    return { record, tokenCopy: this.#copy(), healthPort: self.healthPort, expiredLocks: this.#expiredLocks };
  }

  #released(): HeldState {
    const { clock, codec } = this.#options;
    const now = codec.time(clock.wallTime());
    const record = {
      ...this.#record,
      holderIdentity: '',
      leaseDurationMs: releaseDurationMs,
      acquireTime: now,
      renewTime: now,
    };
    return { record, tokenCopy: this.#copy(), healthPort: undefined, expiredLocks: this.#expiredLocks };
  }

  #isOurs(object: KubernetesObject): boolean {
    const { record } = this.#options.codec.read(object);
    return record?.holderIdentity === this.#record.holderIdentity && record.transitions === this.#record.transitions;
  }

  #says(object: KubernetesObject, { record: written }: HeldState): boolean {
    const { record } = this.#options.codec.read(object);
    return record !== undefined && sameRecord(record, written);
  }

  async #alone<T>(write: () => Promise<T>): Promise<T> {
    const before = this.#writing;
    const mine = before.then(write, write);
    this.#writing = mine;
    return mine;
  }
}

function overError(term: Term): CollectorError {
  return term.signal.reason instanceof CollectorError
    ? term.signal.reason
    : new CollectorError('TERM_OVER', `term ${term.number} is over`);
}
