/**
 * The token's ConfigMap in the hands of one term: read, claimed once, then written with the resourceVersion of our own last answer.
 *
 * The claim invalidates every resourceVersion that a deposed leader may still hold. Who is leader is decided by the lock, never here: on a
 * conflict the lock is asked. Not promised: that a write succeeds. A failing one is told, and delivery goes on; the lock carries a copy.
 */
import { CollectorError, isCollectorError } from '../support/errors.ts';
import type { Report } from '../support/happening.ts';
import type { NamedObject } from '../support/kubernetes-object.ts';
import type { Term } from '../term.ts';
import type { Clock } from '../support/clock.ts';
import type { ResumeToken } from './resume-token.ts';
import { type ConfigMap, markOf, readConfigMap, type StoredToken, writeConfigMap } from './token-config-map.ts';

export interface TokenStoreOptions {
  readonly configMap: NamedObject<ConfigMap>;
  readonly term: Term;
  /** The lock by which this process leads, as claims name it. */
  readonly lock: string;
  /** How long a claim stands without a write, in milliseconds. */
  readonly claimLastsMs: number;
  readonly clock: Clock;
  /** Asks the API server whether the lock names this term. */
  readonly lockNamesUs: (signal: AbortSignal) => Promise<boolean>;
  readonly report: Report;
}

/** In a row, on one write of the token: a GitOps tool may write the object several times within some milliseconds. */
const toleratedConflicts = 4;

/** One attempt's outcome. After `again` and `failed` what was read before may be out of date: read and decide anew. */
export type ClaimOutcome = 'claimed' | 'lock only' | 'again' | 'failed';

export class TokenStore {
  readonly #options: TokenStoreOptions;
  readonly #claim: string;
  /** The object of our own last answer; undefined where there was none. */
  #object: ConfigMap | undefined;
  /** The keys that our writes may have left there, answered or not: finding one of them is no change by somebody else. */
  #attempted = new Set<string>();
  #lockOnlyTold = false;

  constructor(options: TokenStoreOptions) {
    this.#options = options;
    this.#claim = `${options.term.holder}/${options.term.number}`;
  }

  /** What is stored now. Throws what the request throws. */
  async read(signal: AbortSignal): Promise<StoredToken> {
    this.#object = await this.#options.configMap.get({ signal });
    return readConfigMap(this.#object);
  }

  /** One attempt to write our claim and `token` over what {@link read} found. Throws TERM_OVER. */
  async claim(token: ResumeToken, signal: AbortSignal): Promise<ClaimOutcome> {
    const { report } = this.#options;
    try {
      await this.#attempt(token, 'keep', signal);
      return 'claimed';
    } catch (error) {
      signal.throwIfAborted();
      if (!isCollectorError(error) || error.code === 'TERM_OVER') throw error;
      if (isCollectorError(error, 'API_FORBIDDEN', 'API_NOT_FOUND')) return this.#lockOnly(error);
      // Somebody was faster, such as a GitOps tool with its own part of the object: that is settled by reading it again.
      if (isCollectorError(error, 'API_CONFLICT')) return this.#afterConflict(signal);
      report({ what: 'token write failed', error });
      return 'failed';
    }
  }

  /**
   * Writes the token; whether it succeeded. Failures are told, not thrown, but TERM_OVER, and TOKEN_CLAIMED if somebody with another lock has
   * claimed it.
   */
  write(token: ResumeToken, signal: AbortSignal): Promise<boolean> {
    return this.#persist(token, 'keep', signal);
  }

  /** The last write of an orderly end: the claim goes. Throws as {@link write} does. */
  release(token: ResumeToken, signal: AbortSignal): Promise<boolean> {
    return this.#persist(token, 'remove', signal);
  }

  /** Whether the ConfigMap, as last answered, carries our claim. */
  get isClaimed(): boolean {
    return readConfigMap(this.#object).claim === this.#claim;
  }

  /** {@link markOf} the ConfigMap as last answered. */
  get mark(): string | undefined {
    return markOf(readConfigMap(this.#object));
  }

  async #persist(token: ResumeToken, claim: 'keep' | 'remove', signal: AbortSignal): Promise<boolean> {
    const { report } = this.#options;
    for (let conflicts = 0; ; conflicts += 1) {
      try {
        if (conflicts > 0) await this.#adoptOver(token, signal);
        else if (this.#object === undefined) await this.#adopt(signal);
        await this.#attempt(token, claim, signal);
        break;
      } catch (error) {
        if (!isCollectorError(error, 'API_CONFLICT') || conflicts === toleratedConflicts)
          return await this.#failed(error, signal);
      }
    }
    report({ what: 'token written', position: String(token.position) });
    return true;
  }

  async #attempt(token: ResumeToken, claim: 'keep' | 'remove', signal: AbortSignal): Promise<void> {
    const { configMap, term, lock, claimLastsMs: lastsMs, clock } = this.#options;
    const key = String(token.position);
    const isNew = !this.#attempted.has(key);
    const body = () => {
      term.assertValid();
      this.#attempted.add(key);
      const ours = { holder: this.#claim, lock, at: clock.wallTime(), lastsMs };
      return writeConfigMap(this.#object, configMap, claim === 'keep' ? ours : undefined, token);
    };
    try {
      this.#object = await this.#replaceOrCreate(body, signal);
    } catch (error) {
      if (isNew && isCollectorError(error, 'API_FORBIDDEN', 'API_NOT_FOUND')) this.#attempted.delete(key);
      throw error;
    }
    this.#attempted = new Set([key]);
    this.#lockOnlyTold = false;
  }

  /** A PUT, or a POST where there is nothing to replace. */
  async #replaceOrCreate(body: () => ConfigMap, signal: AbortSignal): Promise<ConfigMap> {
    const { configMap } = this.#options;
    try {
      if (this.#object !== undefined) return await configMap.replace(body(), { signal });
    } catch (error) {
      if (!isCollectorError(error, 'API_NOT_FOUND')) throw error;
      this.#object = undefined;
    }
    return await configMap.create(body(), { signal });
  }

  /** Somebody wrote meanwhile. Theirs counts only if the lock names somebody else; but a deposed leader's last write may be the further one. */
  async #afterConflict(signal: AbortSignal): Promise<ClaimOutcome> {
    try {
      const { claim } = await this.#adopt(signal);
      return claim === this.#claim ? 'claimed' : 'again';
    } catch (error) {
      signal.throwIfAborted();
      if (isCollectorError(error, 'TOKEN_CLAIMED')) return 'again';
      if (!isCollectorError(error) || error.code === 'TERM_OVER') throw error;
      this.#options.report({ what: 'token write failed', error });
      return 'failed';
    }
  }

  /** After a conflict: a key that is not ours is told, and written over. */
  async #adoptOver({ position }: ResumeToken, signal: AbortSignal): Promise<void> {
    const { key: found = 'nothing' } = await this.#adopt(signal);
    if (!this.#attempted.has(found))
      this.#options.report({ what: 'token overwritten', found, position: String(position) });
  }

  /**
   * Goes on from what stands there now. An object without our claim is taken only once the lock has named us: until then a write is sent with
   * the resourceVersion that we had, and cannot overwrite it.
   */
  async #adopt(signal: AbortSignal): Promise<StoredToken> {
    const found = await this.#options.configMap.get({ signal });
    const stored = readConfigMap(found);
    this.#assertNotClaimed(stored);
    if (found !== undefined && stored.claim !== this.#claim) await this.#assertLockOurs(signal);
    this.#object = found;
    return stored;
  }

  /** Our lock does not know who leads by another one: its word would not help here. */
  #assertNotClaimed({ claim, claimLock }: StoredToken): void {
    const { lock, configMap } = this.#options;
    if (claim === undefined || claimLock === undefined || claimLock === lock) return;
    throw new CollectorError(
      'TOKEN_CLAIMED',
      `${configMap.description} was claimed by ${claim}, with lock ${claimLock}`,
    );
  }

  async #assertLockOurs(signal: AbortSignal): Promise<void> {
    const { lockNamesUs, term } = this.#options;
    if (!(await lockNamesUs(signal))) term.end('the token was claimed by another leader');
    term.assertValid();
  }

  #lockOnly(error: CollectorError): 'lock only' {
    if (!this.#lockOnlyTold) this.#options.report({ what: 'token only on the lock', error });
    this.#lockOnlyTold = true;
    return 'lock only';
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<false> {
    if (!isCollectorError(error) || isCollectorError(error, 'TERM_OVER', 'TOKEN_CLAIMED')) throw error;
    signal.throwIfAborted();
    if (isCollectorError(error, 'API_FORBIDDEN', 'API_NOT_FOUND')) {
      this.#lockOnly(error);
      await this.#lookForClaim(signal);
    } else this.#options.report({ what: 'token write failed', error });
    return false;
  }

  /** Who may not write is soon taken for gone: without a conflict only a look shows that somebody else has claimed the token. */
  async #lookForClaim(signal: AbortSignal): Promise<void> {
    try {
      this.#assertNotClaimed(readConfigMap(await this.#options.configMap.get({ signal })));
    } catch (error) {
      signal.throwIfAborted();
      if (!isCollectorError(error) || isCollectorError(error, 'TOKEN_CLAIMED')) throw error;
      this.#options.report({ what: 'token write failed', error });
    }
  }
}
