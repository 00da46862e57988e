import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { inflowBytes } from '../../../tools/faults/inflow.ts';
import { until } from '../../../tools/trial/until.ts';
import { ask, codeOf, keptConnection, open, readAll, sayOk, stand } from './stand.ts';

describe.each([{ tls: true }, { tls: false }])('without a fault ($tls: TLS)', ({ tls }) => {
  test('a request reaches the server with its method, path, query, headers and body untouched', async () => {
    const seen: unknown[] = [];
    const { proxy } = await stand(
      async (request, response) => {
        const { method, url, rawHeaders } = request;
        seen.push({ method, url, rawHeaders, body: (await request.toArray()).join('') });
        response.end();
      },
      { tls },
    );
    const headers = { Authorization: 'Bearer secret', 'uSer-aGent': 'eventbaton/1 (pod)', 'X-Twice': 'a, b' };
    await ask(proxy, '/api/v1/events?limit=5&fieldSelector=a%3Db', { method: 'PUT', headers, body: '{"a":1}' });
    const rawHeaders = [...Object.entries(headers).flat(), 'Host', `${proxy.host}:${proxy.port}`];
    rawHeaders.push('Connection', 'close', 'Content-Length', '7');
    expect(seen).toEqual([
      { method: 'PUT', url: '/api/v1/events?limit=5&fieldSelector=a%3Db', rawHeaders, body: '{"a":1}' },
    ]);
  });

  const said = ['Date', 'Thu, 01 Jan 2026 00:00:00 GMT', 'Warning', '299 - "old"', 'Warning', '299 - "older"'];

  test('an answer reaches the client with its status and exactly the headers that the server sent', async () => {
    const { proxy } = await stand(
      (_request, response) => {
        response.sendDate = false;
        response.writeHead(418, 'Short And Stout', [...said, 'Content-Length', '2', 'Connection', 'close']);
        response.end('no');
      },
      { tls },
    );
    const { status, rawHeaders, body } = await ask(proxy, '/');
    expect({ status, body }).toEqual({ status: 418, body: 'no' });
    expect(rawHeaders).toEqual([...said, 'Content-Length', '2', 'Connection', 'close']);
  });

  test('an answer gets no header that the server did not send', async () => {
    const { proxy } = await stand(
      (_request, response) => {
        response.sendDate = false;
        response.removeHeader('connection');
        response.writeHead(200, ['Content-Length', '2']);
        response.end('ok');
      },
      { tls },
    );
    expect((await ask(proxy, '/', { agent: keptConnection(proxy) })).rawHeaders).toEqual(['Content-Length', '2']);
  });

  test('the head of an answer does not wait for its body', async () => {
    const { proxy } = await stand((_request, response) => response.flushHeaders(), { tls });
    const watch = await open(proxy, '/?watch=true');
    expect(watch.statusCode).toBe(200);
    watch.destroy();
  });

  test('a watch comes frame by frame while it is open', async () => {
    let sendMore: (text: string) => void = () => undefined;
    const { proxy } = await stand(
      (_request, response) => {
        response.write('first\n');
        sendMore = (text) => void response.end(text);
      },
      { tls },
    );
    const watch = await open(proxy, '/?watch=true');
    expect(String((await once(watch, 'data'))[0])).toBe('first\n');
    watch.pause();
    sendMore('second\n');
    expect(await readAll(watch)).toEqual({ text: 'second\n' });
  });

  test('a connection is kept for the next request, on both sides', async () => {
    const ports = new Set<number | undefined>();
    const { proxy } = await stand(
      (request, response) => {
        ports.add(request.socket.remotePort);
        response.end('ok');
      },
      { tls },
    );
    const agent = keptConnection(proxy);
    for (let round = 0; round < 3; round += 1) expect((await ask(proxy, '/', { agent })).body).toBe('ok');
    expect(proxy.connections).toBe(1);
    expect(ports.size).toBe(1);
  });

  test('a kept connection closes when the server closes it', async () => {
    let closeAtServer = () => {};
    const { proxy } = await stand(
      (request, response) => {
        closeAtServer = () => void request.socket.destroy();
        response.end('ok');
      },
      { tls },
    );
    const agent = keptConnection(proxy);
    await ask(proxy, '/', { agent });
    await until('the connection to be kept', () => Object.keys(agent.freeSockets).length === 1 || undefined);
    closeAtServer();
    await until('the connection to close', () => Object.keys(agent.freeSockets).length === 0 || undefined);
  });
});

/** Several times what the kernel buffers on the way. */
const total = 64 * 1_024 * 1_024;
const block = Buffer.alloc(64 * 1_024, 'x');

describe('the proxy', () => {
  test('reads no more from the server than a slow client takes, and loses none of it', async () => {
    const { proxy } = await stand(
      async (_request, response) => {
        for (let sent = 0; sent < total; sent += block.length) {
          if (!response.write(block)) await once(response, 'drain');
        }
        response.end();
      },
      { tls: false },
    );
    const slow = await open(proxy, '/');
    const [entry] = proxy.requests;
    const stuckAt = await until('the server to be held up', async () => {
      const before = entry?.bytesReceived ?? 0;
      await delay(300);
      return before > 0 && entry?.bytesReceived === before ? before : undefined;
    });
    expect(stuckAt).toBeLessThan(total / 2);
    expect(stuckAt - (entry?.bytesSent ?? 0)).toBeLessThanOrEqual(inflowBytes + block.length);
    let received = 0;
    for await (const chunk of slow) received += (chunk as Buffer).length;
    expect(received).toBe(total);
  });

  test('takes no more of a body than a slow server does', async () => {
    let goOn = () => {};
    const { proxy } = await stand(
      (request, response) => {
        request.pause();
        goOn = () => {
          let received = 0;
          request.on('data', (chunk: Buffer) => (received += chunk.length));
          request.on('end', () => response.end(String(received)));
          request.resume();
        };
      },
      { tls: false },
    );
    const sent = httpRequest({ host: proxy.host, port: proxy.port, method: 'POST', agent: false });
    const answered = once(sent, 'response');
    let written = 0;
    const writing = (async () => {
      for (; written < total; written += block.length) if (!sent.write(block)) await once(sent, 'drain');
      sent.end();
    })();
    const stuckAt = await until('the client to be held up', async () => {
      const before = written;
      await delay(300);
      return before > 0 && written === before ? before : undefined;
    });
    expect(stuckAt).toBeLessThan(total / 2);
    goOn();
    await writing;
    const [response] = (await answered) as [IncomingMessage];
    expect((await readAll(response)).text).toBe(String(total));
  });

  test('tells what came, what the server said, what the client was told, and what fault hit', async () => {
    const { proxy } = await stand(sayOk);
    proxy.inject({ kind: 'status', code: 500 }, { path: /^\/b$/ });
    await ask(proxy, '/a?x=1', { method: 'POST', headers: { 'user-agent': 'me' }, body: 'body' });
    await ask(proxy, '/b');
    const [a, b] = proxy.requests;
    expect(a).toMatchObject({ method: 'POST', path: '/a', queryText: 'x=1', userAgent: 'me', faults: [] });
    expect(a).toMatchObject({ serverStatus: 200, status: 200, bytesReceived: 2, bytesSent: 2, end: 'answered' });
    expect(a?.query.get('x')).toBe('1');
    expect(b).toMatchObject({ method: 'GET', path: '/b', faults: ['status'], serverStatus: undefined, status: 500 });
    expect(a?.at).toBeLessThanOrEqual(b?.at ?? 0);
  });

  test('that has no server behind it resets, and never answers in its name', async () => {
    const { proxy } = await stand((_request, response) => void response.socket?.destroy());
    expect(await codeOf(ask(proxy, '/'))).toBe('ECONNRESET');
    expect(proxy.requests).toMatchObject([{ status: undefined, end: 'reset' }]);
  });

  test('passes on that the server cut a stream', async () => {
    const { proxy } = await stand((_request, response) => {
      response.write('half a li');
      setTimeout(() => response.socket?.destroy(), 1);
    });
    expect(await readAll(await open(proxy, '/'))).toEqual({ text: 'half a li', code: 'ECONNRESET' });
  });

  test('lets the server know that the client has left', async () => {
    const left = Promise.withResolvers<void>();
    const { proxy } = await stand((_request, response) => {
      response.write('first\n');
      response.on('close', () => left.resolve());
    });
    const watch = await open(proxy, '/');
    watch.destroy();
    await left.promise;
    await until('the end in the log', () => proxy.requests[0]?.end);
    expect(proxy.requests).toMatchObject([{ end: 'abandoned' }]);
  });

  test('lets the server know that the client has left before it was answered', async () => {
    const left = Promise.withResolvers<void>();
    const leaving = new AbortController();
    const { proxy, arrived } = await stand((_request, response) => void response.on('close', () => left.resolve()));
    const asked = codeOf(open(proxy, '/', { signal: leaving.signal }));
    await until('the request at the server', () => arrived[0]);
    leaving.abort();
    expect(await asked).toBe('ABORT_ERR');
    await left.promise;
  });

  test('that is closed refuses, and ends what is in progress', async () => {
    const { proxy } = await stand(() => undefined);
    const hanging = codeOf(ask(proxy, '/'));
    await until('the request', () => proxy.requests[0]);
    proxy.close();
    expect(await hanging).toBe('ECONNRESET');
    expect(await codeOf(ask(proxy, '/'))).toBe('ECONNREFUSED');
  });
});
