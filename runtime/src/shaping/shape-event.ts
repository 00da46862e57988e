/**
 * Makes the record of one version of a core/v1 Event. Anyone who may create an Event controls its text, and core/v1 validates almost none of
 * it: every field is taken only in the type it should have, and nothing is looked up.
 */
import type { ClusterReference, EventRecord, ObjectReference } from '../contract/event-record.ts';
import { recordSchema } from '../contract/event-record.ts';
import { metadataEntries } from './metadata-entries.ts';

/** A value of any shape, as JSON.parse gives it. */
type Json = Readonly<Record<string, unknown>>;

/**
 * Throws where uid or resourceVersion are missing: without them a version has no identity.
 *
 * @param change what is known from how it was read; an event that counts several occurrences is an update however it was read
 */
export function shapeEvent(event: Json, change: EventRecord['change'], cluster: ClusterReference): EventRecord {
  const metadata = objectAt(event, 'metadata');
  const uid = textAt(metadata, 'uid');
  const resourceVersion = textAt(metadata, 'resourceVersion');
  if (uid === undefined || resourceVersion === undefined) throw new Error('the event has no uid or no resourceVersion');
  const action = textAt(event, 'action');
  const related = referenceAt(event, 'related');
  const count = countOf(event);
  const labels = metadataEntries(objectAt(metadata, 'labels'));
  const annotations = metadataEntries(objectAt(metadata, 'annotations'));
  return {
    schema: recordSchema,
    id: `${uid}.${resourceVersion}`,
    cluster,
    change: count > 1 ? 'updated' : change,
    type: textAt(event, 'type') ?? '',
    reason: textAt(event, 'reason') ?? '',
    ...(action === undefined ? {} : { action }),
    message: textAt(event, 'message') ?? '',
    regarding: referenceAt(event, 'involvedObject') ?? {},
    ...(related === undefined ? {} : { related }),
    reporting: reportingOf(event),
    count,
    ...timesOf(event, metadata),
    event: {
      namespace: textAt(metadata, 'namespace') ?? '',
      name: textAt(metadata, 'name') ?? '',
      uid,
      resourceVersion,
      ...(labels.entries === undefined ? {} : { labels: labels.entries }),
      ...(annotations.entries === undefined ? {} : { annotations: annotations.entries }),
    },
    ...(labels.isTruncated || annotations.isTruncated ? { truncated: true } : {}),
  };
}

function reportingOf(event: Json): EventRecord['reporting'] {
  const source = objectAt(event, 'source');
  const component = textAt(event, 'reportingComponent') ?? textAt(source, 'component');
  const instance = textAt(event, 'reportingInstance');
  const host = textAt(source, 'host');
  return {
    ...(component === undefined ? {} : { component }),
    ...(instance === undefined ? {} : { instance }),
    ...(host === undefined ? {} : { host }),
  };
}

const referenceFields = ['apiVersion', 'kind', 'namespace', 'name', 'uid', 'fieldPath', 'resourceVersion'] as const;

function referenceAt(event: Json, key: string): ObjectReference | undefined {
  const reference = objectAt(event, key);
  const fields = referenceFields.flatMap((field) => {
    const text = textAt(reference, field);
    return text === undefined ? [] : [[field, text] as const];
  });
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

/** New-style events count in `series`; those read through core/v1 leave `count` empty. */
function countOf(event: Json): number {
  for (const count of [objectAt(event, 'series')?.['count'], event['count']]) {
    if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 1) return count;
  }
  return 1;
}

/** No single time is always there: recorders of either API leave others empty. */
function timesOf(event: Json, metadata: Json | undefined): Pick<EventRecord, 'firstSeen' | 'lastSeen'> {
  const created = instantAt(metadata, 'creationTimestamp');
  const eventTime = instantAt(event, 'eventTime');
  const last = [
    instantAt(objectAt(event, 'series'), 'lastObservedTime'),
    instantAt(event, 'lastTimestamp'),
    eventTime,
    created,
  ];
  const first = instantAt(event, 'firstTimestamp') ?? eventTime ?? created;
  return { firstSeen: first?.text ?? '', lastSeen: latest(last)?.text ?? '' };
}

interface Instant {
  readonly text: string;
  readonly ms: number;
}

function latest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  return instants.reduce(
    (best, instant) => (best === undefined || (instant !== undefined && instant.ms > best.ms) ? instant : best),
    undefined,
  );
}

/** Date.parse alone takes much else for a time: a bare number, a day without a time, words in brackets. */
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function instantAt(object: Json | undefined, key: string): Instant | undefined {
  const text = textAt(object, key);
  if (text === undefined || !rfc3339.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : { text, ms };
}

function textAt(object: Json | undefined, key: string): string | undefined {
  const value = object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function objectAt(object: Json | undefined, key: string): Json | undefined {
  const value = object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
