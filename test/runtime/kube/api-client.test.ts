import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { answer, clientOn, connectionTo, failureOf, leaseOf, probing, startApi } from './api-server.ts';

const list = { metadata: { resourceVersion: '7' }, items: [] };
const secret = /secret-token|secret-body/;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a call', () => {
  test('sends who asks, as whom and what, and answers with the body, its size and the server’s time', async () => {
    const api = await startApi((_, response) => {
      response.setHeader('date', 'Wed, 01 Jan 2025 00:00:00 GMT');
      answer(response, 201, { text: 'ü' });
    });
    const { client } = clientOn(connectionTo(api.port, { basePath: '/clusters/one' }));
    const call = { subject: leaseOf('create'), query: { fieldManager: 'a b' }, body: { spec: 1 } };
    expect(await client.call(call)).toEqual({ body: { text: 'ü' }, bytes: 13, time: Date.UTC(2025, 0, 1) });
    expect(api.requests).toMatchObject([
      {
        method: 'POST',
        path: '/clusters/one/apis/coordination.k8s.io/v1/namespaces/monitoring/leases',
        query: { fieldManager: 'a b' },
        body: { spec: 1 },
        headers: {
          authorization: 'Bearer secret-token',
          'user-agent': 'eventbaton/1.2.3 (pod_1_2)',
          'content-type': 'application/json',
        },
      },
    ]);
  });

  test('fifty times over uses one connection', async () => {
    const api = await startApi((_, response) => answer(response, 200, list));
    const { client } = clientOn(connectionTo(api.port));
    for (let calls = 0; calls < 50; calls += 1) await client.call({ subject: probing });
    expect(api.requests).toHaveLength(50);
    expect(api.connections).toBe(1);
  });

  test('tells the code and the time of each answer, and of a missing one', async () => {
    const api = await startApi((_, response) => answer(response, 409, {}));
    const { client, happenings } = clientOn(connectionTo(api.port));
    await failureOf(client.call({ subject: leaseOf('update') }));
    api.server.close();
    api.server.closeAllConnections();
    await failureOf(client.call({ subject: leaseOf('update') }));
    expect(happenings).toEqual([
      { what: 'api answered', method: 'PUT', code: '409', host: '127.0.0.1', milliseconds: 0 },
      { what: 'api answered', method: 'PUT', code: '<error>', host: '127.0.0.1', milliseconds: 0 },
    ]);
  });

  test('that is refused becomes the error of its status, without token or body of the request', async () => {
    const api = await startApi((_, response) =>
      answer(response, 429, { message: 'slow down' }, { 'retry-after': '3' }),
    );
    const { client } = clientOn(connectionTo(api.port));
    const error = await failureOf(client.call({ subject: leaseOf('update'), body: { a: 'secret-body' } }));
    expect(error).toMatchObject({ code: 'API_THROTTLED', details: { status: 429, retryAfterMs: 3_000 } });
    expect(`${error.message} ${JSON.stringify(error)} ${error.stack}`).not.toMatch(secret);
  });

  test('with Retry-After as a date waits by the server’s clock, not by ours', async () => {
    const headers = { date: 'Wed, 01 Jan 2025 00:00:00 GMT', 'retry-after': 'Wed, 01 Jan 2025 00:00:05 GMT' };
    const api = await startApi((_, response) => answer(response, 503, {}, headers));
    const { client } = clientOn(connectionTo(api.port));
    const error = await failureOf(client.call({ subject: probing }));
    expect(error).toMatchObject({ code: 'API_UNAVAILABLE', details: { retryAfterMs: 5_000 } });
  });

  test('that is refused in plain text says that text', async () => {
    const api = await startApi((_, response) => response.writeHead(503).end('no\nbackend'));
    const { client } = clientOn(connectionTo(api.port));
    const error = await failureOf(client.call({ subject: probing }));
    expect(error.message).toMatch(/: 503 Service Unavailable: no backend$/);
  });

  test('that succeeds with something else than JSON, or is cut, is no answer', async () => {
    const handlers = [
      (response: ServerResponse) => response.end('<html>'),
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"a"', () => response.destroy());
      },
    ];
    const api = await startApi((_, response) => handlers.shift()?.(response));
    const { client } = clientOn(connectionTo(api.port));
    expect(await failureOf(client.call({ subject: leaseOf('update') }))).toMatchObject({ code: 'API_UNAVAILABLE' });
    expect(await failureOf(client.call({ subject: leaseOf('update') }))).toMatchObject({ code: 'API_UNAVAILABLE' });
  });

  test('whose answer is larger than allowed is given up, with its connection', async () => {
    const api = await startApi((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', pour);
      pour();
    });
    const closed = new Promise((resolve) =>
      api.server.on('connection', (socket: Socket) => socket.on('close', resolve)),
    );
    const { client } = clientOn(connectionTo(api.port));
    const error = await failureOf(client.call({ subject: probing, maximumBytes: 100_000 }));
    expect(error).toMatchObject({ code: 'API_BROKEN' });
    expect(error.message).toContain('larger than 100000 bytes');
    await closed;
  });

  test('tells a deprecation once, however often the server repeats it, and not where that is not wanted', async () => {
    const warning = '299 - "v1 Endpoints is deprecated"';
    const api = await startApi((_, response) => answer(response, 200, list, { warning }));
    const { client, happenings } = clientOn(connectionTo(api.port));
    await client.call({ subject: probing, tellWarnings: false });
    expect(happenings.map(({ what }) => what)).not.toContain('api warning');
    for (let calls = 0; calls < 3; calls += 1) await client.call({ subject: probing });
    expect(happenings.filter(({ what }) => what === 'api warning')).toEqual([
      { what: 'api warning', text: 'v1 Endpoints is deprecated' },
    ]);
  });
});

describe('the deadline of a call', () => {
  test('ends a call that is never answered, and its connection', async () => {
    const api = await startApi(() => undefined);
    const { client, clock } = clientOn(connectionTo(api.port));
    const failed = failureOf(client.call({ subject: leaseOf('update'), timeoutMs: 5_000 }));
    const [socket] = (await once(api.server, 'connection')) as [Socket];
    await until(() => api.requests.length === 1);
    clock.advance(4_999);
    expect(socket.destroyed).toBe(false);
    clock.advance(1);
    expect(await failed).toMatchObject({ code: 'API_UNAVAILABLE' });
    expect((await failed).message).toMatch(/not within 5000 ms$/);
    if (!socket.destroyed) await once(socket, 'close');
  });

  test('is ten seconds where none is given, and runs until the last byte of an answer that drips', async () => {
    let drip: ServerResponse | undefined;
    const api = await startApi((_, response) => {
      response.write('{"a":');
      drip = response;
    });
    const { client, clock } = clientOn(connectionTo(api.port));
    const failed = failureOf(client.call({ subject: probing }));
    await until(() => drip !== undefined);
    for (let seconds = 0; seconds < 10; seconds += 1) {
      drip?.write(' ');
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1_000);
    }
    expect((await failed).message).toMatch(/not within 10000 ms$/);
  });

  test('leaves nothing behind when the answer was in time', async () => {
    const api = await startApi((_, response) => answer(response, 200, list));
    const { client, clock } = clientOn(connectionTo(api.port));
    await client.call({ subject: probing });
    expect(clock.sleeping).toBe(0);
  });

  test('covers the time until a stream is accepted, and no longer', async () => {
    const waiting: ServerResponse[] = [];
    const api = await startApi((_, response) => waiting.push(response));
    const { client, clock } = clientOn(connectionTo(api.port));
    const { signal } = new AbortController();
    const failed = failureOf(client.stream({ subject: probing }, signal));
    await until(() => waiting.length === 1);
    clock.advance(20_000);
    expect((await failed).message).toMatch(/not within 20000 ms$/);

    const opened = client.stream({ subject: probing }, signal);
    await until(() => waiting.length === 2);
    waiting[1]?.writeHead(200).flushHeaders();
    const { response } = await opened;
    expect(clock.sleeping).toBe(0);
    clock.advance(1_000_000);
    waiting[1]?.end('late');
    expect(await response.toArray()).toEqual([Buffer.from('late')]);
  });
});

test('an abort ends a call at once, with its reason, and one that came before it is never sent', async () => {
  const api = await startApi(() => undefined);
  const { client, clock } = clientOn(connectionTo(api.port));
  const stop = new AbortController();
  const failed = failureOf(client.call({ subject: probing, signal: stop.signal }));
  await until(() => api.requests.length === 1);
  stop.abort(new Error('term over'));
  expect((await failed).message).toMatch(/term over$/);
  expect(await failureOf(client.call({ subject: probing, signal: stop.signal }))).toMatchObject({
    code: 'API_UNAVAILABLE',
  });
  expect(api.requests).toHaveLength(1);
  expect(clock.sleeping).toBe(0);
});

test('a switch to another protocol is no answer', async () => {
  const api = await startApi((_, response) => {
    response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
  });
  const { client } = clientOn(connectionTo(api.port));
  expect(await failureOf(client.call({ subject: probing }))).toMatchObject({
    code: 'API_UNAVAILABLE',
    message: expect.stringContaining('the server switched to another protocol'),
  });
});

describe('a kept connection that the server has closed', () => {
  /** Answers on each connection once, then resets it when the next request arrives on it. */
  const resetting = async () => {
    const api = await startApi((_, response) => {
      const socket = response.socket as Socket & { used?: boolean };
      if (socket.used === true) socket.resetAndDestroy();
      else answer(response, 200, list);
      socket.used = true;
    });
    const { client } = clientOn(connectionTo(api.port));
    // Two at once: both connections are kept, and both will be reset.
    await Promise.all([client.call({ subject: probing }), client.call({ subject: probing })]);
    return { api, client };
  };

  test('costs a GET one repetition on a new connection', async () => {
    const { api, client } = await resetting();
    expect((await client.call({ subject: probing })).body).toEqual(list);
    expect(api.requests).toHaveLength(4);
    expect(api.connections).toBe(3);
  });

  test.each(['create', 'update'] as const)('never makes it repeat what %s has sent', async (verb) => {
    const { api, client } = await resetting();
    const error = await failureOf(client.call({ subject: leaseOf(verb), body: {} }));
    expect(error).toMatchObject({ code: 'API_UNAVAILABLE' });
    expect(api.requests).toHaveLength(3);
  });

  test('is no reason to repeat a GET on a connection that is new', async () => {
    const api = await startApi((_, response) => response.socket?.resetAndDestroy());
    const { client } = clientOn(connectionTo(api.port));
    expect(await failureOf(client.call({ subject: probing }))).toMatchObject({ code: 'API_UNAVAILABLE' });
    expect(api.requests).toHaveLength(1);
  });
});

describe('credentials', () => {
  test('that the server does not know are forgotten, so that the next request brings new ones', async () => {
    const api = await startApi(({ headers }, response) =>
      headers.authorization === 'Bearer new' ? answer(response, 200, list) : answer(response, 401, {}),
    );
    let token = 'old';
    const connection = connectionTo(api.port, {
      credentials: async () => ({ headers: { authorization: `Bearer ${token}` } }),
      forget: () => {
        token = 'new';
      },
    });
    const { client } = clientOn(connection);
    const error = await failureOf(client.call({ subject: probing }));
    expect(error).toMatchObject({ code: 'API_FORBIDDEN', details: { status: 401 } });
    expect((await client.call({ subject: probing })).body).toEqual(list);
  });

  test('that cannot be had fail the request, not the process', async () => {
    const api = await startApi((_, response) => answer(response, 200, list));
    const credentials = () => Promise.reject(new Error('plugin failed'));
    const { client } = clientOn(connectionTo(api.port, { credentials }));
    const error = await failureOf(client.call({ subject: probing }));
    expect(error).toMatchObject({ code: 'API_UNAVAILABLE' });
    expect(error.message).toMatch(/plugin failed$/);
    expect(api.requests).toHaveLength(0);
  });
});
