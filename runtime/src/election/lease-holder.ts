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
import { microTime } from './lease-codec.ts';
import type { HeldState, LockState } from './lock-codec.ts';

export class LeaseHolder {
  readonly #options: ElectionOptions;
  readonly #term: Term;
  readonly #record: LeaderRecord;
  #object: KubernetesObject;
  #writing: Promise<unknown> = Promise.resolve();
  #copy: () => string | undefined;

  constructor(options: ElectionOptions, won: Won) {
    this.#options = options;
    this.#term = won.term;
    this.#record = won.state.record;
    this.#object = won.object;
    const { tokenCopy } = won.state;
    this.#copy = () => tokenCopy;
  }

  /** From now on each write of the lock carries what `copy` returns. */
  carry(copy: () => string | undefined): void {
    this.#copy = copy;
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
      if (!isCollectorError(error, 'API_CONFLICT', 'API_UNAVAILABLE', 'API_BROKEN')) throw error;
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
      await this.#writeRenewal();
      this.#term.renewed(startedAt);
      report({ what: 'lease renewed', term, milliseconds: clock.now() - startedAt });
      return true;
    } catch (error) {
      if (!isCollectorError(error)) throw error;
      report({ what: 'renewal failed', term, error });
      return false;
    }
  }

  /** After a conflict or an ambiguous answer the lock itself says whether it is still ours. */
  async #writeRenewal(): Promise<void> {
    try {
      await this.#write(this.#renewedNow());
    } catch (error) {
      if (!isCollectorError(error, 'API_CONFLICT', 'API_UNAVAILABLE', 'API_BROKEN', 'API_NOT_FOUND')) throw error;
      this.#adoptOurs(await this.#read());
      this.#term.assertValid();
      await this.#write(this.#renewedNow());
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

  #renewedNow(): LockState {
    const { clock, self } = this.#options;
    const record = { ...this.#record, renewTime: microTime(clock.wallTime()) };
    return { record, tokenCopy: this.#copy(), healthPort: self.healthPort };
  }

  #released(): HeldState {
    const { clock } = this.#options;
    const now = microTime(clock.wallTime());
    const record = {
      ...this.#record,
      holderIdentity: '',
      leaseDurationMs: releaseDurationMs,
      acquireTime: now,
      renewTime: now,
    };
    return { record, tokenCopy: this.#copy(), healthPort: undefined };
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
