import type { AuditEntry } from '../audit-log.ts';
import { isObject } from '../store/object.ts';
import type { Route } from './route.ts';

/** A request that is under way, for its log entries. */
export interface LoggedRequest {
  readonly route: Route;
  readonly receivedAt: number;
  readonly userAgent: string;
  readonly user: string;
}

export interface LoggedAnswer {
  readonly code: number;
  readonly at: number;
  /** What was answered. */
  readonly object?: unknown;
}

/** What was asked, as the audit log of a real API server with a policy of level Metadata tells it. */
export class RequestLog {
  readonly #entries: AuditEntry[] = [];

  get entries(): readonly AuditEntry[] {
    return [...this.#entries];
  }

  add(request: LoggedRequest, stage: AuditEntry['stage'], { code, at, object }: LoggedAnswer): void {
    const { route, receivedAt, userAgent, user } = request;
    const { verb, resource, subresource, namespace, query } = route;
    const name = route.name || (verb === 'create' ? nameOf(object) : '');
    const what = { verb, resource, subresource, namespace, name, query };
    this.#entries.push({ ...what, receivedAt, stageAt: at, stage, code, userAgent, user });
  }
}

function nameOf(object: unknown): string {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  const name = isObject(metadata) ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : '';
}
