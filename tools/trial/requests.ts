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

/** A question for the store's resourceVersion, not for Events. */
export function isProbe({ verb, resource, query }: AuditEntry): boolean {
  return verb === 'list' && resource === 'events' && (query.get('fieldSelector') ?? '').startsWith('metadata.name=');
}

export function named({ verb, resource }: AuditEntry): string {
  return `${verb} ${resource}`;
}
