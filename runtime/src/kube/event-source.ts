import type { EventFrame, EventPage, EventSource, EventStream, RawEvent } from '../collection/event-source.ts';
import { member } from '../collection/raw-event.ts';
import type { Clock } from '../support/clock.ts';
import { CollectorError, isCollectorError } from '../support/errors.ts';
import { parseResourceVersion, type ResourceVersion } from '../support/resource-version.ts';
import type { ApiAnswer, ApiClient } from './api-client.ts';
import { PageSize } from './page-size.ts';
import { describe, type Subject } from './subject.ts';
import { openWatch, type Watch } from './watch.ts';

export interface EventSourceOptions {
  readonly client: ApiClient;
  /** The one namespace to read; undefined: all. */
  readonly namespace: string | undefined;
  /** Where to probe while all namespaces are read: a single-key read wants a namespace. */
  readonly probeNamespace: string;
  readonly clock: Clock;
}

/** No object has it: uppercase letters are not allowed in names. */
const impossibleName = 'PROBE';

const listTimeoutMs = 60_000;

export function createEventSource({ client, namespace, probeNamespace, clock }: EventSourceOptions): EventSource {
  const events = { apiVersion: 'v1', resource: 'events' } as const;
  const probe: Subject =
    namespace === undefined
      ? { ...events, verb: 'list', namespace: probeNamespace, granted: 'cluster-wide' }
      : { ...events, verb: 'list', namespace };
  const list: Subject = { ...events, verb: 'list', namespace };
  const watch: Subject = { ...events, verb: 'watch', namespace };
  const pageSize = new PageSize();
  return {
    async probe(signal) {
      const query = { fieldSelector: `metadata.name=${impossibleName}` };
      const answer = await client.call({ subject: probe, query, signal });
      return { resourceVersion: listVersion(answer, probe), time: answer.time };
    },
    async list(continueToken, signal) {
      if (continueToken === undefined) pageSize.begin();
      for (;;) {
        const { limit, maximumBytes } = pageSize.limits;
        const query = { limit: String(limit), ...(continueToken === undefined ? {} : { continue: continueToken }) };
        try {
          const call = { subject: list, query, maximumBytes, timeoutMs: listTimeoutMs, signal };
          const page = pageOf(await client.call(call), list);
          pageSize.fits(page.items.length);
          return page;
        } catch (error) {
          if (!isCollectorError(error, 'API_BROKEN') || !pageSize.tooLarge()) throw error;
        }
      }
    },
    async canRead(position, signal) {
      const query = { limit: '1', resourceVersion: String(position), resourceVersionMatch: 'Exact' };
      try {
        await client.call({ subject: list, query, timeoutMs: listTimeoutMs, signal });
        return true;
      } catch (error) {
        if (isCollectorError(error, 'API_EXPIRED')) return false;
        throw error;
      }
    },
    async watch(from, timeoutSeconds, signal) {
      const query = { resourceVersion: String(from), allowWatchBookmarks: 'true' };
      return streamOf(await openWatch(client, { subject: watch, query, timeoutSeconds, clock }, signal));
    },
    time: () => client.time.now(),
  };
}

function pageOf(answer: ApiAnswer, subject: Subject): EventPage {
  const items = member(answer.body, 'items') ?? [];
  if (!Array.isArray(items)) throw unreadable(subject, 'list of items');
  const continueToken = member(member(answer.body, 'metadata'), 'continue');
  return {
    items: items as readonly RawEvent[],
    resourceVersion: listVersion(answer, subject),
    continueToken: typeof continueToken === 'string' && continueToken !== '' ? continueToken : undefined,
    bytes: answer.bytes,
    time: answer.time,
  };
}

function listVersion({ body }: ApiAnswer, subject: Subject): ResourceVersion {
  const version = parseResourceVersion(member(member(body, 'metadata'), 'resourceVersion'));
  if (version === undefined) throw unreadable(subject, 'resourceVersion');
  return version;
}

function unreadable(subject: Subject, what: string): CollectorError {
  return new CollectorError('API_UNAVAILABLE', `${describe(subject)}: the answer has no readable ${what}`);
}

function streamOf(watch: Watch): EventStream {
  return {
    acceptedAt: watch.acceptedAt,
    close: () => watch.close(),
    async next() {
      const frame = await watch.next();
      if (frame === undefined) return undefined;
      const { type, object, bytes } = frame;
      const resourceVersion = parseResourceVersion(member(member(object, 'metadata'), 'resourceVersion'));
      if (!isEventType(type) || resourceVersion === undefined)
        throw watch.broken('a frame has no readable type or resourceVersion');
      return { type, object: object as RawEvent, resourceVersion, bytes };
    },
  };
}

function isEventType(type: string): type is EventFrame['type'] {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK';
}
