/** Where a term starts to read, decided from what is stored and what the store says now. */
import { beginning, type ResourceVersion } from '../support/resource-version.ts';
import type { Position } from '../token/position-decision.ts';
import type { ResumeToken } from '../token/resume-token.ts';
import { gapEnd } from './gap.ts';

export type StartPolicy = 'all' | 'now';

export type Start =
  /** Go on from the token's position; `movedFrom` where a person moved it forward over versions that nobody will read. */
  | {
      readonly act: 'watch';
      readonly token: ResumeToken;
      readonly origin: string;
      readonly movedFrom: ResumeToken | undefined;
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
      rewoundFrom: undefined,
    };
    if (policy === 'all') return { act: 'list', because: 'first start', token, origin: 'start policy: all' };
    return {
      act: 'watch',
      token: { ...token, position: probed, asOf: probedAt },
      origin: 'start policy: now',
      movedFrom: undefined,
    };
  }
  const { token } = position;
  const highest = seen?.history === token.history && seen.highest > token.position ? seen.highest : token.position;
  if (probed < highest) return { act: 'list', because: 'rewound', token: rewound(token), origin: 'history rewound' };
  if (token.rewoundFrom !== undefined) return { act: 'list', because: 'rewound', token, origin: 'unfinished relist' };
  if (position.kind === 'stored') return { act: 'watch', token, origin: position.origin, movedFrom: undefined };
  const forward = token.position > position.from.position;
  return { act: 'watch', token, origin: 'moved by hand', movedFrom: forward ? position.from : undefined };
}

/** The token with which a new history begins. It owes the gap record until the first list in it is settled. */
export function rewound(token: ResumeToken): ResumeToken {
  return {
    ...token,
    position: beginning,
    history: token.history + 1,
    sinks: new Map(),
    rewoundFrom: token.rewoundFrom ?? gapEnd(token.position, token.asOf),
  };
}
