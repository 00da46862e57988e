import { describe, expect, test } from 'vitest';
import type { EventSource } from '../../../runtime/src/collection/event-source.ts';
import { createEventSource } from '../../../runtime/src/kube/event-source.ts';
import type { CollectorError } from '../../../runtime/src/support/errors.ts';
import { answer, clientOn, connectionTo, failureOf, type Handler, startApi, type TestApi } from './api-server.ts';

const { signal } = new AbortController();
const date = 'Wed, 01 Jan 2025 00:00:00 GMT';
const event = (resourceVersion: string) => ({ metadata: { resourceVersion, uid: 'u', name: 'n' } });
const frame = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;

async function sourceOn(
  handle: Handler,
  namespace?: string,
): Promise<{ readonly api: TestApi; readonly source: EventSource }> {
  const api = await startApi(handle);
  const { client, clock } = clientOn(connectionTo(api.port));
  return { api, source: createEventSource({ client, namespace, probeNamespace: 'own', clock }) };
}

describe('the time that a request of Events has', () => {
  /** A server that never answers, asked for something. @returns after how many milliseconds it was given up */
  async function patienceOf(ask: (source: EventSource) => Promise<unknown>): Promise<number> {
    const api = await startApi(() => undefined);
    const { client, clock } = clientOn(connectionTo(api.port));
    const failed = failureOf(ask(createEventSource({ client, namespace: undefined, probeNamespace: 'own', clock })));
    while (api.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    let hasFailed = false;
    void failed.then(() => (hasFailed = true));
    for (let ms = 0; ; ms += 1_000) {
      for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      if (hasFailed || ms > 300_000) return ms;
      await clock.pass(1_000);
    }
  }

  test('is a minute for a list, of many or of one at an exact version: it may be large, or read from a slow disk', async () => {
    expect(await patienceOf((source) => source.list(undefined, signal))).toBe(60_000);
    expect(await patienceOf((source) => source.canRead(5n, signal))).toBe(60_000);
  });

  test('is ten seconds for a probe', async () => {
    expect(await patienceOf((source) => source.probe(signal))).toBe(10_000);
  });
});

describe('whether a position can be read', () => {
  test('is asked by a list of one item at exactly that version', async () => {
    const { api, source } = await sourceOn((_, response) => answer(response, 200, { metadata: {}, items: [] }));
    expect(await source.canRead(12_345n, signal)).toBe(true);
    expect(api.requests).toMatchObject([
      {
        path: '/api/v1/events',
        query: { limit: '1', resourceVersion: '12345', resourceVersionMatch: 'Exact' },
      },
    ]);
  });

  test('is denied by 410 alone', async () => {
    const statuses = [410, 403, 504];
    const { source } = await sourceOn((_, response) => answer(response, statuses.shift() ?? 500, {}));
    expect(await source.canRead(1n, signal)).toBe(false);
    expect(await failureOf(source.canRead(1n, signal))).toMatchObject({ code: 'API_FORBIDDEN' });
    expect(await failureOf(source.canRead(1n, signal))).toMatchObject({ code: 'API_UNAVAILABLE' });
  });
});

describe('a probe', () => {
  test('is a list of one impossible name in one namespace, and tells resourceVersion and time', async () => {
    const body = { metadata: { resourceVersion: '12345678901234567890' }, items: [] };
    const { api, source } = await sourceOn((_, response) => answer(response, 200, body, { date }));
    expect(await source.probe(signal)).toEqual({
      resourceVersion: 12_345_678_901_234_567_890n,
      time: Date.parse(date),
    });
    expect(api.requests).toMatchObject([
      { path: '/api/v1/namespaces/own/events', query: { fieldSelector: 'metadata.name=PROBE' } },
    ]);
    expect(source.time()).toBe(Date.parse(date));
  });

  test('is made in the watched namespace where only one is watched', async () => {
    const body = { metadata: { resourceVersion: '1' } };
    const { api, source } = await sourceOn((_, response) => answer(response, 200, body), 'shop');
    await source.probe(signal);
    expect(api.requests[0]?.path).toBe('/api/v1/namespaces/shop/events');
  });

  test.each([
    ['a ClusterRole', undefined],
    ['a Role in namespace "shop"', 'shop'],
  ])('that is forbidden asks for the rule where it belongs: in %s', async (where, namespace) => {
    const { source } = await sourceOn((_, response) => answer(response, 403, {}), namespace);
    const { details } = (await failureOf(source.probe(signal))) as CollectorError;
    expect(details.hint).toContain(`\`list\` on \`events\` (apiGroup "") in ${where} `);
  });

  test.each([
    null,
    [],
    {},
    { metadata: null },
    { metadata: { resourceVersion: 7 } },
    { metadata: { resourceVersion: '' } },
  ])('with the unreadable answer %j is no answer', async (body) => {
    const { source } = await sourceOn((_, response) => answer(response, 200, body));
    expect(await failureOf(source.probe(signal))).toMatchObject({ code: 'API_UNAVAILABLE' });
  });
});

describe('a list', () => {
  test('comes in pages of 500, with the token for the next one handed back as it was given', async () => {
    const bodies = [
      { metadata: { resourceVersion: '9', continue: 'a/b+c=' }, items: [event('3'), event('4')] },
      { metadata: { resourceVersion: '9', continue: '' }, items: null },
    ];
    const { api, source } = await sourceOn((_, response) => answer(response, 200, bodies.shift(), { date }));
    const first = await source.list(undefined, signal);
    expect(first).toMatchObject({
      items: [event('3'), event('4')],
      resourceVersion: 9n,
      continueToken: 'a/b+c=',
      time: Date.parse(date),
    });
    expect(first.bytes).toBeGreaterThan(100);
    expect(await source.list(first.continueToken, signal)).toMatchObject({ items: [], continueToken: undefined });
    expect(api.requests.map(({ path, query }) => ({ path, query }))).toEqual([
      { path: '/api/v1/events', query: { limit: '500' } },
      { path: '/api/v1/events', query: { limit: '500', continue: 'a/b+c=' } },
    ]);
  });

  test('that has expired offers its token for the rest', async () => {
    const { source } = await sourceOn((_, response) =>
      answer(response, 410, { kind: 'Status', code: 410, reason: 'Expired', metadata: { continue: 'rest' } }),
    );
    expect(await failureOf(source.list('old', signal))).toMatchObject({
      code: 'API_EXPIRED',
      details: { continueToken: 'rest' },
    });
  });

  test('of Events too large for a page is asked for in smaller pages, down to one Event', async () => {
    const huge = 'x'.repeat(5 * 1024 * 1024);
    const { api, source } = await sourceOn(({ query }, response) =>
      answer(response, 200, { metadata: { resourceVersion: '9', continue: `after-${query['limit']}` }, items: [huge] }),
    );
    expect(await source.list('here', signal)).toMatchObject({ continueToken: 'after-1' });
    expect(api.requests.map(({ query }) => query)).toEqual([
      { limit: '500', continue: 'here' },
      { limit: '25', continue: 'here' },
      { limit: '1', continue: 'here' },
    ]);
  });

  test('is never taken for an empty one where its items cannot be read', async () => {
    const body = { metadata: { resourceVersion: '9' }, items: 'none' };
    const { source } = await sourceOn((_, response) => answer(response, 200, body));
    expect(await failureOf(source.list(undefined, signal))).toMatchObject({ code: 'API_UNAVAILABLE' });
  });
});

describe('a watch', () => {
  test('asks for bookmarks and its own end, and gives each frame with its resourceVersion', async () => {
    const { api, source } = await sourceOn((_, response) => {
      response.setHeader('date', date);
      response.write(frame('ADDED', event('11')));
      response.write(frame('MODIFIED', event('12')));
      response.write(frame('DELETED', event('13')));
      response.end(frame('BOOKMARK', { metadata: { resourceVersion: '14' } }));
    });
    const stream = await source.watch(10n, 345, signal);
    expect(stream.acceptedAt).toBe(Date.parse(date));
    const frames = [];
    for (let next = await stream.next(); next !== undefined; next = await stream.next()) frames.push(next);
    expect(frames.map(({ type, resourceVersion }) => `${type} ${resourceVersion}`)).toEqual([
      'ADDED 11',
      'MODIFIED 12',
      'DELETED 13',
      'BOOKMARK 14',
    ]);
    expect(frames[0]).toMatchObject({ object: event('11'), bytes: frame('ADDED', event('11')).length - 1 });
    expect(api.requests[0]?.query).toEqual({
      watch: 'true',
      resourceVersion: '10',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '345',
    });
  });

  test.each([
    ['of an unknown type', 'RENAMED', event('11')],
    ['without a resourceVersion', 'ADDED', { metadata: {} }],
    ['with a resourceVersion that is no number', 'BOOKMARK', event('0x1f')],
    ['without an object', 'DELETED', null],
  ])('is broken by a frame %s', async (_, type, object) => {
    const { source } = await sourceOn((_request, response) => response.write(frame(type, object)));
    const stream = await source.watch(10n, 300, signal);
    expect(await failureOf(stream.next())).toMatchObject({ code: 'API_BROKEN' });
  });
});
