/** Requests of one collector, as the API server's audit log tells them. */
import type { AuditEntry } from '../cluster/audit-log.ts';

/** Every answered request and accepted watch of one client, in the order in which the server got them. */
export function requestsOf(entries: readonly AuditEntry[], identity: string): readonly AuditEntry[] {
  return entries
    .filter(({ userAgent, stage, verb }) => {
      const answered = stage === (verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete');
      return answered && userAgent.includes(`(${identity})`);
    })
    .sort((a, b) => a.receivedAt - b.receivedAt);
}

/** The longest time without one of these from one moment to another, in milliseconds. */
export function longestPause(entries: readonly Pick<AuditEntry, 'receivedAt'>[], from: number, to: number): number {
  const moments = entries.map(({ receivedAt }) => receivedAt).filter((at) => at > from && at < to);
  return Math.max(...[...moments, to].map((at, index) => at - (moments[index - 1] ?? from)));
}

export function named({ verb, resource }: AuditEntry): string {
  return `${verb} ${resource}`;
}
