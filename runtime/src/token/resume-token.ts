import type { GapEnd } from '../contract/event-record.ts';
import { beginning, parseResourceVersion, type ResourceVersion } from '../support/resource-version.ts';

/** What a leader knows of the Events' delivery, as it is handed on: every version up to `position` is settled. */
export interface ResumeToken {
  /** 0: nothing is settled in this history yet. */
  readonly position: ResourceVersion;
  /** The last moment at which collection was provably live and everything read by then settled, in milliseconds of API-server time. */
  readonly asOf: number | undefined;
  /** Number of the event history: it rises by one when the store was put back to an earlier state, or is another cluster's. */
  readonly history: number;
  /** Sinks that are ahead of `position`. */
  readonly sinks: ReadonlyMap<string, ResourceVersion>;
  /** Uid of namespace kube-system; undefined where it could not be read. */
  readonly clusterUid: string | undefined;
  /**
   * Where a gap begins whose record is not settled yet: at position 0 that of the history before this one, which broke off; else that of a
   * position that a person moved.
   */
  readonly gapFrom: GapEnd | undefined;
  /** What is known of how long Events live, and by which clock as-of was told. */
  readonly facts?: LifetimeFacts | undefined;
}

/** What helps to judge a gap. */
export interface LifetimeFacts {
  /** How long Events live as far as their deletions show, if that differs from the setting; in milliseconds. */
  readonly observedMs?: number | undefined;
  /** Since when, in milliseconds of API-server time, at least ten objects were last written that are settled and were not deleted. */
  readonly livingSince?: number | undefined;
  /** The collector's own clock minus the API server's that told as-of, in milliseconds. */
  readonly clockOffsetMs?: number | undefined;
}

/** `a` is further than `b`: by history first, then by resourceVersion, then by the gap that is not owed any more. */
export function isFurther(a: ResumeToken, b: ResumeToken): boolean {
  if (a.history !== b.history) return a.history > b.history;
  return a.position === b.position ? a.gapFrom === undefined && b.gapFrom !== undefined : a.position > b.position;
}

/** RFC 3339 with milliseconds. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The copy that the lock carries, and what {@link parseCopy} reads. */
export function formatCopy(token: ResumeToken): string {
  return JSON.stringify({
    position: String(token.position),
    asOf: token.asOf === undefined ? undefined : formatTime(token.asOf),
    history: token.history,
    sinks: formatSinks(token.sinks),
    clusterUid: token.clusterUid,
    gapFrom: token.gapFrom,
    facts: token.facts,
  });
}

export function formatSinks(sinks: ReadonlyMap<string, ResourceVersion>): Readonly<Record<string, string>> {
  return Object.fromEntries([...sinks].map(([name, position]) => [name, String(position)]));
}

/** @returns undefined for anything that this program did not write */
export function parseCopy(text: string | undefined): ResumeToken | undefined {
  const parts = parseObject(text);
  if (parts === undefined) return undefined;
  return assembleToken({
    position: parts.get('position'),
    asOf: parts.get('asOf'),
    history: parts.get('history'),
    sinks: parts.get('sinks'),
    clusterUid: parts.get('clusterUid'),
    gapFrom: parts.get('gapFrom'),
    facts: parts.get('facts'),
  });
}

export interface TokenParts {
  readonly position: unknown;
  readonly asOf: unknown;
  readonly history: unknown;
  readonly sinks: unknown;
  readonly clusterUid: unknown;
  readonly gapFrom: unknown;
  readonly facts: unknown;
}

/** Puts a token together from parts of unknown shape. @returns undefined where position or history is unreadable */
export function assembleToken(parts: TokenParts): ResumeToken | undefined {
  const position = parseResourceVersion(parts.position);
  const history = parts.history;
  if (position === undefined || typeof history !== 'number' || !Number.isSafeInteger(history) || history < 0)
    return undefined;
  return {
    position,
    asOf: parseInstant(parts.asOf),
    history,
    sinks: parseSinks(parts.sinks),
    clusterUid: typeof parts.clusterUid === 'string' && parts.clusterUid !== '' ? parts.clusterUid : undefined,
    gapFrom: parseGapEnd(parts.gapFrom),
    facts: parseFacts(parts.facts),
  };
}

/** @returns the members of a JSON object; undefined for anything else */
export function parseObject(text: string | undefined): ReadonlyMap<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    return membersOf(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;
}

function parseInstant(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

function parseSinks(value: unknown): ReadonlyMap<string, ResourceVersion> {
  const sinks = new Map<string, ResourceVersion>();
  for (const [name, position] of membersOf(value) ?? []) {
    const parsed = parseResourceVersion(position);
    if (parsed !== undefined && parsed > beginning) sinks.set(name, parsed);
  }
  return sinks;
}

function parseFacts(value: unknown): LifetimeFacts | undefined {
  const members = membersOf(value);
  if (members === undefined) return undefined;
  const [observedMs, livingSince, clockOffsetMs] = ['observedMs', 'livingSince', 'clockOffsetMs'].map((name) => {
    const member = members.get(name);
    return typeof member === 'number' && Number.isFinite(member) ? member : undefined;
  });
  return { observedMs, livingSince, clockOffsetMs };
}

function parseGapEnd(value: unknown): GapEnd | undefined {
  const members = membersOf(value);
  const resourceVersion = members?.get('resourceVersion');
  if (typeof resourceVersion !== 'string' || parseResourceVersion(resourceVersion) === undefined) return undefined;
  const time = members?.get('time');
  return typeof time === 'string' ? { resourceVersion, time } : { resourceVersion };
}
