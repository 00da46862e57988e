import type { ResumeToken } from '../../../runtime/src/token/resume-token.ts';

/** A token at `position`; where nothing else is said, all is settled and nothing is known beyond that. */
export function tokenAt(position: bigint, overrides: Partial<ResumeToken> = {}): ResumeToken {
  return {
    position,
    asOf: undefined,
    history: 0,
    sinks: new Map(),
    clusterUid: 'cluster',
    gapFrom: undefined,
    ...overrides,
  };
}
