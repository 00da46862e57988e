/**
 * Follows the lock through one watch and keeps the latest {@link Observation} of it. It asks the API server for nothing while the watch is
 * open; a watch that ends is opened again after a random wait, so that thousands of followers do not come back at once.
 *
 * Not promised: that the observation is fresh. A takeover carries the resourceVersion last seen, so acting on a stale one ends in a conflict.
 */
import { backoffMs } from '../support/backoff.ts';
import { pause } from '../support/clock.ts';
import { Doorbell } from '../support/doorbell.ts';
import { type CollectorError, isCollectorError } from '../support/errors.ts';
import type { KubernetesObject } from '../support/kubernetes-object.ts';
import type { ElectionOptions } from './election-options.ts';
import { isOlder, type Observation, observe, observeSetBack } from './observation.ts';

export class Follower {
  readonly #options: ElectionOptions;
  readonly #changed = new Doorbell();
  #seen: Observation;
  #ready = false;
  #readAt = 0;
  /** While the lock may not be watched. */
  #blind = false;
  #watchForbiddenTold = false;

  constructor(options: ElectionOptions, seen: Observation) {
    this.#options = options;
    this.#seen = seen;
  }

  get seen(): Observation {
    return this.#seen;
  }

  /** False until the lock was read for the first time. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Rings at every change of the observation. */
  get changed(): Doorbell {
    return this.#changed;
  }

  /** True if the observation may be older than `deadline` because the lock may not be watched: wait for the read that follows it. */
  isBlindAt(deadline: number): boolean {
    return this.#blind && this.#readAt < deadline;
  }

  /** Reads the lock once. Throws what the request throws. */
  async read(signal: AbortSignal): Promise<void> {
    const { lock, codec, clock, times, report } = this.#options;
    const before = this.#seen.object;
    const object = await lock.get({ timeoutMs: times.requestTimeoutMs, signal });
    this.#readAt = clock.now();
    // One that a frame overtook says nothing new.
    if (object === undefined || !isOlder(object, this.#seen.object)) this.#take(object);
    else if (this.#seen.object === before) {
      const [seen = '', found = ''] = [before, object].map((each) => each?.metadata?.resourceVersion);
      report({ what: 'lock set back', seen, found });
      this.#see(observeSetBack(this.#seen, object, codec.read(object), clock.now(), times.leaseDurationMs));
    }
  }

  /** Runs until the signal aborts; rejects with nothing else. */
  async follow(signal: AbortSignal): Promise<void> {
    const { clock, random, times, report } = this.#options;
    const backoff = { initialMs: 1_000, maximumMs: times.retryPeriodMs };
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.read(signal);
        await this.#watch(signal);
        failures = 0;
        await clock.sleep(random() * times.retryPeriodMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isCollectorError(error)) throw error;
        failures += 1;
        if (error.code === 'API_EXPIRED' && failures === 1) continue;
        report({ what: 'lock request failed', error });
        await pause(clock, Math.max(backoffMs(backoff, failures, random), error.details.retryAfterMs ?? 0), signal);
      }
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { lock } = this.#options;
    try {
      const changes = await lock.watch(this.#seen.object?.metadata?.resourceVersion, signal);
      this.#blind = false;
      // A frame may arrive after a fresher answer.
      for await (const object of changes) if (!isOlder(object, this.#seen.object)) this.#take(object);
    } catch (error) {
      if (isCollectorError(error, 'API_FORBIDDEN')) await this.#waitBlind(error, signal);
      else if (!isCollectorError(error, 'API_BROKEN')) throw error;
    }
  }

  /** One read per deadline instead of a watch; the watch is tried again with each, for the permission may have been given meanwhile. */
  async #waitBlind(error: CollectorError, signal: AbortSignal): Promise<void> {
    const { clock, report, times, random } = this.#options;
    if (!this.#watchForbiddenTold) report({ what: 'lock watch forbidden', error });
    this.#watchForbiddenTold = true;
    this.#blind = true;
    const deadline = this.#seen.since + (this.#seen.record?.leaseDurationMs ?? 0);
    await clock.sleep(Math.max(deadline - clock.now(), times.retryPeriodMs) * (1 + random() / 10), signal);
  }

  #take(object: KubernetesObject | undefined): void {
    const { codec, clock } = this.#options;
    this.#see(observe(this.#seen, object, object === undefined ? undefined : codec.read(object), clock.now()));
  }

  #see(observation: Observation): void {
    const { report } = this.#options;
    const before = this.#seen.record?.holderIdentity;
    this.#seen = observation;
    this.#ready = true;
    const holder = this.#seen.record?.holderIdentity;
    if (holder !== undefined && holder !== '' && holder !== before) report({ what: 'leader seen', holder });
    if (holder === '' && before !== '')
      report({ what: 'lock released', transitions: this.#seen.record?.transitions ?? 0 });
    this.#changed.ring();
  }
}
