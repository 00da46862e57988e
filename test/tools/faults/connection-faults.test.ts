import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { until } from '../../../tools/trial/until.ts';
import { ask, codeOf, keptConnection, open, readAll, sayOk, stand, watched } from './stand.ts';

describe.each([{ tls: true }, { tls: false }])('connections ($tls: TLS)', ({ tls }) => {
  test('are refused, kept ones too, until it is healed; then the same port answers', async () => {
    const { proxy } = await stand(sayOk, { tls });
    const agent = keptConnection(proxy);
    await ask(proxy, '/', { agent });
    const { port } = proxy;
    const fault = proxy.inject({ kind: 'refuse' });
    await until('the kept connection to close', () => Object.keys(agent.freeSockets).length === 0 || undefined);
    expect(await codeOf(ask(proxy, '/', { agent }))).toBe('ECONNREFUSED');
    expect(await codeOf(ask(proxy, '/'))).toBe('ECONNREFUSED');
    await fault.heal();
    expect(proxy.port).toBe(port);
    expect((await ask(proxy, '/', { agent })).body).toBe('ok');
  });

  test('that are refused leave what is in progress alone', async () => {
    let finish = () => {};
    const { proxy } = await stand(
      (_request, response) => {
        response.write('first\n');
        finish = () => void response.end('last\n');
      },
      { tls },
    );
    const agent = keptConnection(proxy);
    const watch = await open(proxy, '/', { agent });
    proxy.inject({ kind: 'refuse' });
    finish();
    expect(await readAll(watch)).toEqual({ text: 'first\nlast\n' });
    await until('its connection to close', () => Object.keys(agent.sockets).length === 0 || undefined);
    await until('its connection to close', () => Object.keys(agent.freeSockets).length === 0 || undefined);
    expect(await codeOf(ask(proxy, '/', { agent }))).toBe('ECONNREFUSED');
  });

  test('are reset: those in progress, those kept, and later ones until it is healed', async () => {
    const { proxy } = await stand(
      (request, response) => {
        if (request.url === '/watch') response.write('first\n');
        else response.end('ok');
      },
      { tls },
    );
    const agent = keptConnection(proxy);
    await ask(proxy, '/', { agent });
    const watch = await open(proxy, '/watch');
    const fault = proxy.inject({ kind: 'reset' });
    expect(await readAll(watch)).toEqual({ text: 'first\n', code: 'ECONNRESET' });
    await until('the kept connection to close', () => Object.keys(agent.freeSockets).length === 0 || undefined);
    expect(await codeOf(ask(proxy, '/'))).toBe('ECONNRESET');
    await fault.heal();
    expect((await ask(proxy, '/', { agent })).body).toBe('ok');
    expect(proxy.requests.find(({ path }) => path === '/watch')).toMatchObject({ end: 'reset' });
  });

  test('are reset with RST, not closed', async () => {
    const { proxy } = await stand(sayOk, { tls });
    const socket = connect(proxy.port, proxy.host);
    await once(socket, 'connect');
    await until('the connection', () => proxy.connections === 1 || undefined);
    proxy.inject({ kind: 'reset' });
    expect(await once(socket, 'error')).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  test('that are open may be reset once, without harm to later ones', async () => {
    const { proxy } = await stand((_request, response) => void response.write('first\n'), { tls });
    const before = await open(proxy, '/');
    proxy.inject({ kind: 'reset' }, { reach: 'open' });
    expect((await readAll(before)).code).toBe('ECONNRESET');
    const after = await open(proxy, '/');
    expect(String((await once(after, 'data'))[0])).toBe('first\n');
    after.destroy();
  });

  test('in a blackhole are taken and then silent, new and kept ones; healed, what still waits is answered', async () => {
    const { proxy, arrived } = await stand(sayOk, { tls });
    const agent = keptConnection(proxy);
    await ask(proxy, '/before', { agent });
    const fault = proxy.inject({ kind: 'blackhole' });
    const kept = watched(ask(proxy, '/kept', { agent }));
    const fresh = watched(ask(proxy, '/fresh'));
    await until('both', () => (proxy.connections === 2 && proxy.requests.length === 2) || undefined);
    const probe = connect(proxy.port, proxy.host);
    await once(probe, 'connect');
    probe.destroy();
    expect([kept.isSettled(), fresh.isSettled()]).toEqual([false, false]);
    expect(arrived).toEqual(['GET /before']);
    await fault.heal();
    expect((await kept.promise).body).toBe('ok');
    expect((await fresh.promise).body).toBe('ok');
  });

  test('in a blackhole keep an open watch silent, and let it go on when healed', async () => {
    let send: (text: string) => void = () => undefined;
    const { proxy } = await stand(
      (_request, response) => {
        response.write('first\n');
        send = (text) => void response.end(text);
      },
      { tls },
    );
    const watch = await open(proxy, '/?watch=true');
    await once(watch, 'data');
    watch.pause();
    const fault = proxy.inject({ kind: 'blackhole' }, { query: /watch/, reach: 'open' });
    send('second\n');
    const rest = watched(readAll(watch));
    await until('the frame at the proxy', () => (proxy.requests[0]?.bytesReceived ?? 0) > 6 || undefined);
    expect((await openAnother(proxy)).statusCode).toBe(200);
    expect(rest.isSettled()).toBe(false);
    expect(proxy.requests[0]?.bytesSent).toBe(6);
    await fault.heal();
    expect(await rest.promise).toEqual({ text: 'second\n' });
  });
});

test('a blackhole swallows the handshake of TLS too', async () => {
  const { proxy } = await stand(sayOk);
  const fault = proxy.inject({ kind: 'blackhole' });
  const secured = watched(
    new Promise<void>((resolve, reject) => {
      const socket = connectTls({ host: proxy.host, port: proxy.port, ca: proxy.ca }, () => {
        socket.destroy();
        resolve();
      });
      socket.on('error', reject);
    }),
  );
  await until('the connection', () => proxy.connections === 1 || undefined);
  await fault.heal();
  await secured.promise;
});

async function openAnother(proxy: Parameters<typeof open>[0]) {
  const response = await open(proxy, '/?watch=true');
  response.destroy();
  return response;
}
