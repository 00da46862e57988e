/** Where a term starts to read, decided from what is stored and what the store says now. */
import type { GapEnd } from '../contract/event-record.ts';
import { beginning, laterOf, type ResourceVersion } from '../support/resource-version.ts';
import type { Position } from '../token/position-decision.ts';
import type { ResumeToken } from '../token/resume-token.ts';
import { gapEnd } from './gap.ts';

export type StartPolicy = 'all' | 'now';

export type Start =
  /** Go on from the token's position; its `gapFrom` stands where a person moved it over versions that nobody will read. */
  | {
      readonly act: 'watch';
      readonly token: ResumeToken;
      readonly origin: string;
    }
  /** List everything there is. */
  | {
      readonly act: 'list';
      readonly because: 'first start' | 'rewound';
      readonly token: ResumeToken;
      readonly origin: string;
    };

export interface StartQuestion {
  readonly position: Position;
  /** The store's current resourceVersion for Events. */
  readonly probed: ResourceVersion;
  /** API-server time of the probe. */
  readonly probedAt: number;
  /** The highest resourceVersion of Events that this process has seen, and in which history. */
  readonly seen: { readonly history: number; readonly highest: ResourceVersion } | undefined;
  readonly policy: StartPolicy;
  readonly clusterUid: string | undefined;
}

export function decideStart({ position, probed, probedAt, seen, policy, clusterUid }: StartQuestion): Start {
  if (position.kind === 'none') {
    const token = {
      position: beginning,
      asOf: undefined,
      history: position.history,
      sinks: new Map(),
      clusterUid,
      gapFrom: undefined,
    };
    if (policy === 'all') return { act: 'list', because: 'first start', token, origin: 'start policy: all' };
    return { act: 'watch', token: { ...token, position: probed, asOf: probedAt }, origin: 'start policy: now' };
  }
  const { token } = position;
  if (probed < highestSeen(token, seen))
    return { act: 'list', because: 'rewound', token: rewound(token), origin: 'history rewound' };
  if (token.position === beginning) return { act: 'list', because: 'rewound', token, origin: 'unfinished relist' };
  if (position.kind === 'stored') return { act: 'watch', token, origin: position.origin };
  return { act: 'watch', token: { ...token, gapFrom: skippedFrom(position) }, origin: 'moved by hand' };
}

/** The highest resourceVersion that is known of the token's history; a sink that is ahead has seen more of it than the position tells. */
function highestSeen(token: ResumeToken, seen: StartQuestion['seen']): ResourceVersion {
  const known = seen?.history === token.history ? seen.highest : token.position;
  return [known, ...token.sinks.values()].reduce(laterOf, token.position);
}

/** Where the versions begin that nobody will read because a person moved the token forward, or that were missing already. */
function skippedFrom({ token, from }: Extract<Position, { kind: 'moved' }>): GapEnd | undefined {
  return from.gapFrom ?? (token.position > from.position ? gapEnd(from.position, from.asOf) : undefined);
}

/** The token with which a new history begins. It owes the gap record until the first list in it is settled. */
export function rewound(token: ResumeToken): ResumeToken {
  return {
    ...token,
    position: beginning,
    history: token.history + 1,
    sinks: new Map(),
    // Which objects must be living was known of the old history.
    facts: token.facts && { ...token.facts, livingSince: undefined },
    gapFrom: token.gapFrom ?? gapEnd(token.position, token.asOf),
  };
}
