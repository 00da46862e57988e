/**
 * Whether the token's ConfigMap may be claimed. The lock decides who leads; but two releases that share one token by mistake have two locks, and
 * each would move the token over what only the other has delivered. So a claim names its lock.
 */
import { type LockResource, lockResources } from '../contract/lock-resource.ts';
import type { StoredToken } from './token-config-map.ts';

/** Kind and name of a lock: all locks of one token are in one namespace. */
export interface LockName {
  readonly resource: LockResource;
  readonly name: string;
}

export function formatLock({ resource, name }: LockName): string {
  return `${resource}/${name}`;
}

export interface ClaimQuestion {
  readonly stored: StoredToken;
  readonly own: LockName;
  /** Milliseconds since this process last saw the claim or the token change. */
  readonly unchangedMs: number;
  /** How long a claim of this process stands without a write, in milliseconds. */
  readonly patienceMs: number;
  /** Whether it is known that nobody holds the lock of this kind, with the name of the own one. */
  readonly isKnownFree: (resource: LockResource) => boolean;
}

/** Measures how long claim and token have not changed. Other changes of the ConfigMap do not show that its claimer is alive. */
export class ClaimWatch {
  #seen: string | undefined;
  #since = 0;

  /** @param now milliseconds of monotonic time */
  unchangedMs({ claim, claimLock, claimRenewed, key, annotation }: StoredToken, now: number): number {
    const seen = JSON.stringify([claim, claimLock, claimRenewed, key, String(annotation?.position)]);
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#since = now;
    }
    return now - this.#since;
  }
}

export type ClaimDecision =
  | { readonly kind: 'free' }
  /** Its leader has not written for so long that it must be gone. */
  | { readonly kind: 'abandoned'; readonly holder: string; readonly lock: string }
  | { readonly kind: 'taken'; readonly holder: string; readonly lock: string };

export function decideClaim({ stored, own, unchangedMs, patienceMs, isKnownFree }: ClaimQuestion): ClaimDecision {
  const { claim, claimLock: lock } = stored;
  // The Agent's token has no claim, and that of version 0.1.0 names no lock.
  if (claim === undefined || lock === undefined || lock === formatLock(own)) return { kind: 'free' };
  const kind = lockResources.find((resource) => lock === formatLock({ ...own, resource }));
  if (kind !== undefined && isKnownFree(kind)) return { kind: 'free' };
  const [holder = ''] = claim.split('/');
  // The one who claimed it may have settings of its own.
  const lastsMs = Math.max(patienceMs, stored.claimLastsMs ?? 0);
  return { kind: unchangedMs >= lastsMs ? 'abandoned' : 'taken', holder, lock };
}
