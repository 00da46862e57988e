import { readFile } from 'node:fs/promises';

/** One stage of one request, as the API server's audit log tells it. */
export interface AuditEntry {
  /** Milliseconds since 1970, to the microsecond. */
  readonly receivedAt: number;
  readonly stageAt: number;
  readonly stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  readonly userAgent: string;
  readonly user: string;
  readonly query: URLSearchParams;
}

interface RawEntry {
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly stage: AuditEntry['stage'];
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user?: { readonly username?: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/** The log as it stands. The line that is being written is left for the next time. */
export async function readAuditLog(file: string): Promise<readonly AuditEntry[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.slice(0, -1).map(parseAuditLine);
}

export function parseAuditLine(line: string): AuditEntry {
  const raw = JSON.parse(line) as RawEntry;
  const { objectRef = {} } = raw;
  return {
    receivedAt: preciseTime(raw.requestReceivedTimestamp),
    stageAt: preciseTime(raw.stageTimestamp),
    stage: raw.stage,
    verb: raw.verb,
    resource: objectRef.resource ?? '',
    subresource: objectRef.subresource ?? '',
    namespace: objectRef.namespace ?? '',
    name: objectRef.name ?? '',
    code: raw.responseStatus?.code ?? 0,
    userAgent: raw.userAgent ?? '',
    user: raw.user?.username ?? '',
    query: new URL(raw.requestURI, 'https://localhost').searchParams,
  };
}

/** Requests by what they do, e.g. `update leases`, of those that are answered or, for watches, accepted. */
export function countRequests(entries: readonly AuditEntry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { stage, verb, resource } of entries) {
    if (stage !== (verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete')) continue;
    const key = `${verb} ${resource}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** JavaScript's dates end at milliseconds. */
function preciseTime(text: string): number {
  const micros = /\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? '';
  return Date.parse(text) + Number(micros.padEnd(3, '0') || 0) / 1_000;
}
