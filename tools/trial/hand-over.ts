import type { AuditEntry } from '../cluster/audit-log.ts';
import { named, requestsOf } from './requests.ts';

/** How the baton passed, by the API server's clock. */
export interface HandOver {
  /** What the new leader asked for, from the old one's release on to its watch. */
  readonly steps: readonly string[];
  /** From the arrival of the release to the start of the new watch. */
  readonly milliseconds: number;
  /** Of `milliseconds`, what passed until the new leader's first request: followers hold back on purpose, so that not all ask at once. */
  readonly heldBack: number;
  /** When the new watch was accepted, in milliseconds since 1970. */
  readonly watchedAt: number;
}

/** @param pass identities of the old and the new leader. Throws where the one never released or the other never watched */
export function handOver(
  audit: readonly AuditEntry[],
  { from, to }: { readonly from: string; readonly to: string },
): HandOver {
  const release = requestsOf(audit, from).findLast((entry) => named(entry) === 'update leases' && entry.code === 200);
  if (release === undefined) throw new Error(`${from} never released the lock`);
  const steps = requestsOf(audit, to).filter(({ receivedAt }) => receivedAt > release.receivedAt);
  const end = steps.findIndex((entry) => named(entry) === 'watch events');
  const watch = steps[end];
  if (watch === undefined) throw new Error(`${to} never watched Events`);
  return {
    steps: steps.slice(0, end + 1).map(named),
    milliseconds: watch.stageAt - release.receivedAt,
    heldBack: (steps[0] ?? watch).receivedAt - release.receivedAt,
    watchedAt: watch.stageAt,
  };
}
