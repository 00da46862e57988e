import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../runtime/src/support/system-clock.ts';
import { ApiClient } from '../../../runtime/src/kube/api-client.ts';
import type { FaultProxy } from '../../../tools/faults/fault-proxy.ts';
import { until } from '../../../tools/trial/until.ts';
import { ask, codeOf, open, readAll, sayOk, stand, watched } from './stand.ts';

describe('an answer', () => {
  test('that is late comes after what was asked later and is not late', async () => {
    const { proxy, arrived } = await stand(sayOk);
    const fault = proxy.inject({ kind: 'latency', ms: 60_000 }, { path: /late/ });
    const late = watched(ask(proxy, '/late'));
    await until('the request at the server', () => arrived.length === 1 || undefined);
    await ask(proxy, '/on-time');
    expect(late.isSettled()).toBe(false);
    await fault.heal();
    expect((await late.promise).body).toBe('ok');
  });

  test('is late by no less than it was told', async () => {
    const { proxy } = await stand(sayOk);
    proxy.inject({ kind: 'latency', ms: 50 });
    const askedAt = performance.now();
    await ask(proxy, '/');
    // A lower bound only: timers may be late, and never early by more than their grain.
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(49);
  });

  test('that is streamed with latency is late as a whole, not by that much for each piece', async () => {
    const { proxy } = await stand((_request, response) => {
      let left = 40;
      const timer = setInterval(() => {
        response.write('.');
        left -= 1;
        if (left > 0) return;
        clearInterval(timer);
        response.end();
      }, 1);
    });
    proxy.inject({ kind: 'latency', ms: 1_000 });
    expect((await ask(proxy, '/')).body).toBe('.'.repeat(40));
  });

  test('that is lost leaves the client hanging, also when healed, and the server has acted', async () => {
    const { proxy, arrived } = await stand(sayOk);
    const fault = proxy.inject({ kind: 'lose answer' }, { method: 'PUT', times: 1 });
    const leaving = new AbortController();
    const lost = watched(codeOf(open(proxy, '/', { method: 'PUT', body: 'x', signal: leaving.signal })));
    await until('the answer of the server', () => proxy.requests[0]?.serverStatus);
    expect((await ask(proxy, '/', { method: 'PUT', body: 'y' })).body).toBe('ok');
    await fault.heal();
    await ask(proxy, '/');
    expect(lost.isSettled()).toBe(false);
    expect(arrived).toEqual(['PUT /', 'PUT /', 'GET /']);
    leaving.abort();
    expect(await lost.promise).toBe('ABORT_ERR');
    await until('the end in the log', () => proxy.requests[0]?.end);
    expect(proxy.requests[0]).toMatchObject({ serverStatus: 200, status: undefined, end: 'abandoned' });
  });

  test('that is lost may come as a reset instead', async () => {
    const { proxy, arrived } = await stand(sayOk);
    proxy.inject({ kind: 'lose answer', client: 'reset' }, { method: 'PUT', times: 1 });
    // A FIN would be `socket hang up`.
    await expect(ask(proxy, '/', { method: 'PUT', body: 'x' })).rejects.toThrow('read ECONNRESET');
    expect(arrived).toEqual(['PUT /']);
    expect(proxy.requests[0]).toMatchObject({ serverStatus: 200, status: undefined, end: 'reset' });
  });

  test('that drips comes whole, in small pieces', async () => {
    const { proxy } = await stand((_request, response) => void response.end('0123456789'.repeat(10)));
    proxy.inject({ kind: 'drip', bytesPerSecond: 400 });
    const response = await open(proxy, '/');
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    expect(Buffer.concat(pieces).toString()).toBe('0123456789'.repeat(10));
    expect(pieces.length).toBeGreaterThan(1);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(100);
  });

  test('that drips comes at once when healed', async () => {
    const { proxy } = await stand((_request, response) => void response.end('x'.repeat(100_000)));
    const fault = proxy.inject({ kind: 'drip', bytesPerSecond: 0.001 });
    const response = await open(proxy, '/');
    await until('the first drop', () => proxy.requests[0]?.bytesSent || undefined);
    await fault.heal();
    expect((await readAll(response)).text).toHaveLength(100_000);
  });

  test.each([401, 403, 409, 410, 429, 500, 503])(
    'of status %d is a Status, and the server hears nothing',
    async (code) => {
      const { proxy, arrived } = await stand(sayOk);
      proxy.inject({ kind: 'status', code, headers: { 'Retry-After': '7' }, message: 'because' });
      const { status, headers, body } = await ask(proxy, '/', { method: 'POST', body: 'x' });
      expect(status).toBe(code);
      expect(headers['retry-after']).toBe('7');
      expect(JSON.parse(body)).toMatchObject({ kind: 'Status', status: 'Failure', code, message: 'because' });
      expect(arrived).toEqual([]);
    },
  );
});

describe('a request', () => {
  test('that is late is held before the server, not after it', async () => {
    const { proxy, arrived } = await stand(sayOk);
    const fault = proxy.inject({ kind: 'latency', ms: 60_000, of: 'request' }, { path: /late/ });
    const late = ask(proxy, '/late', { method: 'POST', body: 'x' });
    await until('the request', () => proxy.requests[0]);
    await ask(proxy, '/on-time');
    expect(arrived).toEqual(['GET /on-time']);
    await fault.heal();
    expect((await late).body).toBe('ok');
    expect(arrived).toEqual(['GET /on-time', 'POST /late']);
  });

  test('that is late reaches the server with its body although the client has given up', async () => {
    const bodies: string[] = [];
    const { proxy } = await stand(async (request, response) => {
      bodies.push((await request.toArray()).join(''));
      response.end('ok');
    });
    const fault = proxy.inject({ kind: 'latency', ms: 60_000, of: 'request' });
    const leaving = new AbortController();
    const late = codeOf(open(proxy, '/', { method: 'PUT', body: 'late', signal: leaving.signal }));
    await until('the request', () => proxy.requests[0]);
    leaving.abort();
    expect(await late).toBe('ABORT_ERR');
    expect(bodies).toEqual([]);
    await fault.heal();
    await until('its arrival', () => bodies.length === 1 || undefined);
    expect(bodies).toEqual(['late']);
    await until('the end in the log', () => proxy.requests[0]?.end);
    expect(proxy.requests[0]).toMatchObject({ serverStatus: 200, status: undefined, end: 'abandoned' });
  });

  test('that hangs in a blackhole is forgotten when the client gives up: the server never hears of it', async () => {
    const { proxy, arrived } = await stand(sayOk);
    const fault = proxy.inject({ kind: 'blackhole' }, { path: /gone/ });
    const leaving = new AbortController();
    const held = codeOf(open(proxy, '/gone', { signal: leaving.signal }));
    await until('the request', () => proxy.requests[0]);
    leaving.abort();
    await held;
    await until('the end in the log', () => proxy.requests[0]?.end);
    await fault.heal();
    await ask(proxy, '/later');
    expect(arrived).toEqual(['GET /later']);
  });
});

describe("the collector's own client", () => {
  const subject = { verb: 'get', apiVersion: 'v1', resource: 'configmaps', namespace: 'a', name: 'b' } as const;

  test('takes a 429 for throttling, and its Retry-After for the time to wait', async () => {
    const { proxy } = await stand(sayOk);
    proxy.inject({ kind: 'status', code: 429, headers: { 'retry-after': '3' } });
    await expect(clientOf(proxy).call({ subject })).rejects.toMatchObject({
      code: 'API_THROTTLED',
      details: { status: 429, retryAfterMs: 3_000 },
    });
  });

  test('repeats a GET on a kept connection that was reset between two requests', async () => {
    const { proxy } = await stand((_request, response) => void response.end('{}'));
    const client = clientOf(proxy);
    await client.call({ subject });
    proxy.inject({ kind: 'reset' }, { method: 'GET', times: 1 });
    expect((await client.call({ subject })).body).toEqual({});
    expect(proxy.requests.map(({ end }) => end)).toEqual(['answered', 'reset', 'answered']);
  });

  test('gives up on a blackhole after its own deadline', async () => {
    const { proxy } = await stand(sayOk);
    proxy.inject({ kind: 'blackhole' });
    await expect(clientOf(proxy).call({ subject, timeoutMs: 50 })).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
  });
});

function clientOf({ host, port, ca = '' }: FaultProxy): ApiClient {
  return new ApiClient({
    connection: {
      protocol: 'https:',
      host,
      port,
      basePath: '',
      namespace: undefined,
      origin: 'test',
      credentials: async () => ({ ca, headers: {} }),
      forget: () => undefined,
    },
    userAgent: 'test',
    clock: systemClock,
    report: () => undefined,
  });
}
