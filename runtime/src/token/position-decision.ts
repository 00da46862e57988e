/**
 * Which of the stored positions counts: the ConfigMap's key, its annotation, or the lock's copy.
 *
 * A key that differs from its annotation was moved by a person, who is obeyed. Otherwise the furthest counts, so that a wiped ConfigMap, or
 * one that was put back to an earlier state, costs nothing while the lock's copy stands.
 */
import { beginning, parseResourceVersion } from '../support/resource-version.ts';
import { isFurther, type ResumeToken } from './resume-token.ts';
import type { StoredToken } from './token-config-map.ts';

export type Position =
  /** Nothing usable: the start policy decides. `history` is the one that begins. */
  | { readonly kind: 'none'; readonly history: number; readonly foreignUid: string | undefined }
  | { readonly kind: 'stored'; readonly token: ResumeToken; readonly origin: 'key' | 'annotation' | 'lock' }
  /** Somebody set the key; `from` is where the token stood. */
  | { readonly kind: 'moved'; readonly token: ResumeToken; readonly from: ResumeToken };

/**
 * @param stored what the ConfigMap holds
 * @param copy what the lock carries
 * @param clusterUid this cluster's; undefined where it may not be read: then no position is foreign
 */
export function decidePosition(
  stored: StoredToken,
  copy: ResumeToken | undefined,
  clusterUid: string | undefined,
): Position {
  const ours = (token: ResumeToken | undefined) =>
    token !== undefined && !isForeign(token, clusterUid) ? token : undefined;
  const known = [ours(stored.annotation), ours(copy)].filter((token) => token !== undefined);
  const furthest = known.reduce<ResumeToken | undefined>(
    (best, token) => (best === undefined || isFurther(token, best) ? token : best),
    undefined,
  );
  const key = parseResourceVersion(stored.key);

  if (key !== undefined && key > beginning && key !== stored.annotation?.position) {
    const history = furthest?.history ?? nextHistory(stored.annotation, copy);
    const token = {
      position: key,
      asOf: stored.keyTime,
      history,
      sinks: new Map(),
      clusterUid,
      rewoundFrom: undefined,
    };
    if (furthest === undefined) return { kind: 'stored', token, origin: 'key' };
    return { kind: 'moved', token: moved(token, furthest), from: furthest };
  }
  if (furthest === undefined || (furthest.position === beginning && furthest.rewoundFrom === undefined)) {
    const history = furthest?.history ?? nextHistory(stored.annotation, copy);
    return {
      kind: 'none',
      history,
      foreignUid: known.length === 0 ? (stored.annotation ?? copy)?.clusterUid : undefined,
    };
  }
  const origin = furthest === ours(stored.annotation) ? 'annotation' : 'lock';
  return {
    kind: 'stored',
    token: { ...furthest, asOf: latestAsOf(known, furthest), clusterUid: furthest.clusterUid ?? clusterUid },
    origin,
  };
}

/** Backwards is a history of its own: otherwise the lock's copy, which is still further, would undo the move after a crash. */
function moved(token: ResumeToken, from: ResumeToken): ResumeToken {
  return token.position > from.position
    ? { ...token, asOf: from.asOf }
    : { ...token, asOf: undefined, history: from.history + 1 };
}

function isForeign(token: ResumeToken, clusterUid: string | undefined): boolean {
  return token.clusterUid !== undefined && clusterUid !== undefined && token.clusterUid !== clusterUid;
}

/** One more than that of any foreign token; 0 where there is none at all. */
function nextHistory(...foreign: readonly (ResumeToken | undefined)[]): number {
  return Math.max(-1, ...foreign.map((token) => token?.history ?? -1)) + 1;
}

/** The later of the stored ones, within the history that counts. */
function latestAsOf(known: readonly ResumeToken[], furthest: ResumeToken): number | undefined {
  const times = known
    .filter((token) => token.history === furthest.history)
    .map((token) => token.asOf ?? Number.NEGATIVE_INFINITY);
  const latest = Math.max(...times);
  return Number.isFinite(latest) ? latest : undefined;
}
