/**
 * What a leader does, term after term: claim the token, then read, deliver and checkpoint until a stop or the end of the term.
 *
 * Between terms it remembers how far the store had come, so that a history that went back is noticed, and what it settled: a term may end before
 * its token was written.
 */
import type { Leadership } from '../election/elector.ts';
import { isCollectorError } from '../support/errors.ts';
import { linked } from '../support/signals.ts';
import type { ResourceVersion } from '../support/resource-version.ts';
import { ClaimWatch, formatLock } from '../token/claim-decision.ts';
import { formatCopy } from '../token/resume-token.ts';
import { TokenStore } from '../token/token-store.ts';
import { claimToken, type SettledBefore } from './claim.ts';
import type { LeaderOptions } from './leader-options.ts';
import { TermWork } from './term-work.ts';

export class Leader {
  readonly #options: LeaderOptions;
  #seen: { readonly history: number; readonly highest: ResourceVersion } | undefined;
  readonly #claims = new ClaimWatch();
  #settled: SettledBefore | undefined;
  #work: TermWork | undefined;

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  /** This term's work; undefined while there is none. */
  get work(): TermWork | undefined {
    return this.#work;
  }

  /** Leads until `stop` aborts and what was open is settled. Throws TERM_OVER when the term ends first. */
  async lead(leadership: Leadership, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) if ((await this.#leadOnce(leadership, stop)) === 'done') return;
  }

  /** @returns whether somebody with another lock has claimed the token meanwhile */
  async #leadOnce(leadership: Leadership, stop: AbortSignal): Promise<'done' | 'claimed'> {
    const { term, holder } = leadership;
    const work = await this.#begin(leadership, stop);
    if (work === undefined) return 'done';
    holder.carry(() => formatCopy(work.progress.token));
    this.#work = work;
    try {
      await work.run(stop);
      term.assertValid();
      this.#settled = undefined;
      return 'done';
    } catch (error) {
      this.#settled = work.settled;
      if (!isCollectorError(error, 'TOKEN_CLAIMED')) throw error;
      this.#options.report({ what: 'token write failed', error });
      return 'claimed';
    } finally {
      this.#seen = { history: work.progress.history, highest: work.progress.highest };
      this.#work = undefined;
    }
  }

  /** @returns undefined where it was stopped before the claim stood: nothing was read then, and the token is as it was */
  async #begin(leadership: Leadership, stop: AbortSignal): Promise<TermWork | undefined> {
    const { term, holder, isKnownFree } = leadership;
    const { lock: own, eventTtlMs, leaseDurationMs } = this.#options;
    const patienceMs = eventTtlMs / 6 + leaseDurationMs;
    const scope = linked(term.signal, stop);
    try {
      const store = new TokenStore({
        ...this.#options,
        term,
        lock: formatLock(own),
        claimLastsMs: patienceMs,
        lockNamesUs: (signal) => holder.stillNamesUs(signal),
      });
      const options = {
        ...this.#options,
        term,
        store,
        own,
        watch: this.#claims,
        isKnownFree,
        patienceMs,
        copy: holder.copy,
        seen: this.#seen,
        settled: this.#settled,
        policy: this.#options.startPolicy,
      };
      return new TermWork(this.#options, term, store, await claimToken(options, scope.signal));
    } catch (error) {
      if (stop.aborted && !term.signal.aborted) return undefined;
      throw error;
    } finally {
      scope.abort();
    }
  }
}
