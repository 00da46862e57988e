import { parseResourceVersion, type ResourceVersion } from '../support/resource-version.ts';
import type { RawEvent } from './event-source.ts';

/** What the API server itself vouches for in an Event; everything else in it is its writer's. */
export interface EventIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: ResourceVersion;
}

/** @returns undefined where any part is missing: then no version can be told from another */
export function identifyEvent(event: RawEvent): EventIdentity | undefined {
  const metadata = member(event, 'metadata');
  const resourceVersion = parseResourceVersion(member(metadata, 'resourceVersion'));
  const [namespace, name, uid] = ['namespace', 'name', 'uid'].map((key) => member(metadata, key));
  if (resourceVersion === undefined || typeof uid !== 'string' || typeof name !== 'string') return undefined;
  return { namespace: typeof namespace === 'string' ? namespace : '', name, uid, resourceVersion };
}

/**
 * When the API server last wrote it, from the times that the server keeps in `managedFields` (whole seconds), in milliseconds since 1970;
 * undefined where there are none.
 */
export function lastWriteOf(event: RawEvent): number | undefined {
  const fields = member(member(event, 'metadata'), 'managedFields');
  if (!Array.isArray(fields)) return undefined;
  let latest: number | undefined;
  for (const field of fields) {
    const time = member(field, 'time');
    const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    if (!Number.isNaN(ms) && (latest === undefined || ms > latest)) latest = ms;
  }
  return latest;
}

/** In milliseconds since 1970; undefined where it is missing. The API server sets it. */
export function createdAt(event: RawEvent): number | undefined {
  const created = member(member(event, 'metadata'), 'creationTimestamp');
  const ms = typeof created === 'string' ? Date.parse(created) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** An own member of a value of any shape. */
export function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
