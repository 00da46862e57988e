/**
 * Which of the stored positions counts: the ConfigMap's key, its annotation, or the lock's copy.
 *
 * A key that stands neither where its annotation does nor where the furthest does was moved by a person, who is obeyed. Otherwise the
 * furthest counts, so that a wiped ConfigMap, or one that was put back to an earlier state, costs nothing while the lock's copy stands.
 */
import { beginning, laterOf, parseResourceVersion, type ResourceVersion } from '../support/resource-version.ts';
import { isFurther, type ResumeToken } from './resume-token.ts';
import type { StoredToken } from './token-config-map.ts';

export type Position =
  /** Nothing usable: the start policy decides. `history` is the one that begins. */
  | { readonly kind: 'none'; readonly history: number; readonly foreignUid: string | undefined }
  | { readonly kind: 'stored'; readonly token: ResumeToken; readonly origin: 'key' | 'annotation' | 'lock' | 'process' }
  /** Somebody set the key; `from` is where the token stood. */
  | { readonly kind: 'moved'; readonly token: ResumeToken; readonly from: ResumeToken };

/**
 * @param stored what the ConfigMap holds
 * @param copy what the lock carries
 * @param clusterUid this cluster's; undefined where it may not be read: then no position is foreign
 * @param settled what this process settled in an earlier term, perhaps without a write that succeeded. It counts only next to a stored position
 *   of its history that nobody moved: whoever resets the token wins.
 */
export function decidePosition(
  stored: StoredToken,
  copy: ResumeToken | undefined,
  clusterUid: string | undefined,
  settled?: ResumeToken,
): Position {
  const ours = (token: ResumeToken | undefined) =>
    token !== undefined && !isForeign(token, clusterUid) ? token : undefined;
  const known = [ours(stored.annotation), ours(copy)].filter((token) => token !== undefined);
  const furthest = known.reduce<ResumeToken | undefined>(
    (best, token) => (best === undefined || isFurther(token, best) ? token : best),
    undefined,
  );
  const key = parseResourceVersion(stored.key);

  if (key !== undefined && key > beginning && key !== stored.annotation?.position && key !== furthest?.position) {
    const history = furthest?.history ?? nextHistory(stored.annotation, copy);
    const token = {
      position: key,
      asOf: stored.keyTime,
      history,
      sinks: new Map(),
      clusterUid: clusterUid ?? furthest?.clusterUid,
      gapFrom: undefined,
    };
    if (furthest === undefined) return { kind: 'stored', token, origin: 'key' };
    return { kind: 'moved', token: moved(token, furthest), from: furthest };
  }
  if (furthest === undefined || (furthest.position === beginning && furthest.gapFrom === undefined)) {
    const history = furthest?.history ?? nextHistory(stored.annotation, copy);
    return {
      kind: 'none',
      history,
      foreignUid: known.length === 0 ? (stored.annotation ?? copy)?.clusterUid : undefined,
    };
  }
  const remembered = ours(settled)?.history === furthest.history ? settled : undefined;
  const best = remembered !== undefined && isFurther(remembered, furthest) ? remembered : furthest;
  const ofHistory = [...known, ...(remembered === undefined ? [] : [remembered])].filter(
    ({ history }) => history === best.history,
  );
  const latest = ofHistory.filter(({ position }) => position === best.position).reduce(laterKnown, best);
  const token = {
    ...best,
    asOf: latest.asOf,
    facts: latest.facts,
    sinks: sinksAhead(ofHistory, best.position),
    clusterUid: best.clusterUid ?? clusterUid,
  };
  if (best === remembered) return { kind: 'stored', token, origin: 'process' };
  return { kind: 'stored', token, origin: best === ours(stored.annotation) ? 'annotation' : 'lock' };
}

/** Backwards is a history of its own: otherwise the lock's copy, which is still further, would undo the move after a crash. */
function moved(token: ResumeToken, from: ResumeToken): ResumeToken {
  return token.position > from.position
    ? { ...token, asOf: from.asOf, facts: from.facts }
    : {
        ...token,
        asOf: undefined,
        history: from.history + 1,
        facts: from.facts && { ...from.facts, livingSince: undefined },
      };
}

function isForeign(token: ResumeToken, clusterUid: string | undefined): boolean {
  return token.clusterUid !== undefined && clusterUid !== undefined && token.clusterUid !== clusterUid;
}

/** One more than that of any foreign token; 0 where there is none at all. */
function nextHistory(...foreign: readonly (ResumeToken | undefined)[]): number {
  return Math.max(...foreign.map((token) => token?.history ?? -1)) + 1;
}

/** The one whose as-of is later: its facts say by which clock that was told. */
function laterKnown(a: ResumeToken, b: ResumeToken): ResumeToken {
  return (b.asOf ?? Number.NEGATIVE_INFINITY) > (a.asOf ?? Number.NEGATIVE_INFINITY) ? b : a;
}

/** Where each sink is that went ahead of `position`: the tokens may have been written at different times. */
function sinksAhead(tokens: readonly ResumeToken[], position: ResourceVersion): ReadonlyMap<string, ResourceVersion> {
  const ahead = new Map<string, ResourceVersion>();
  for (const [name, reached] of tokens.flatMap(({ sinks }) => [...sinks]))
    if (reached > position) ahead.set(name, laterOf(reached, ahead.get(name) ?? position));
  return ahead;
}
