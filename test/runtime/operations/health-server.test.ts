import { request, Server } from 'node:http';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type HealthPages, startHealthServer } from '../../../runtime/src/operations/health-server.ts';

const pages: HealthPages = {
  live: () => ({ ok: true, reason: 'alive' }),
  ready: () => ({ ok: false, reason: 'the lock was not seen yet' }),
  metrics: () => '# HELP up Up.\n# TYPE up gauge\nup 1\n',
  status: () => ({ version: '1', identity: 'a_b_c', role: 'off', sinks: [], warnings: [] }),
};

async function served(): Promise<number> {
  const server = await startHealthServer(0, pages);
  onTestFinished(() => server.close());
  return server.port;
}

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

function ask(port: number, path: string, { method = 'GET', headers = {} } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.on('data', (piece: Buffer) => {
        body += piece.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], body }));
    });
    asking.on('error', reject).end();
  });
}

describe('the health server', () => {
  test('gives nobody longer than ten seconds for a request, so that idle connections do not pile up', async () => {
    const listened = vi.spyOn(Server.prototype, 'listen');
    onTestFinished(() => listened.mockRestore());
    await served();
    const [server] = listened.mock.contexts as Server[];
    expect(server?.requestTimeout).toBe(10_000);
  });

  test('answers 200 or 503 as it is judged, with the reason', async () => {
    const port = await served();
    expect(await ask(port, '/livez')).toMatchObject({ status: 200, body: 'ok: alive\n' });
    expect(await ask(port, '/readyz?verbose')).toMatchObject({
      status: 503,
      body: 'failed: the lock was not seen yet\n',
    });
  });

  test('serves metrics as Prometheus wants them, and the status as JSON', async () => {
    const port = await served();
    expect(await ask(port, '/metrics')).toMatchObject({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: pages.metrics(),
    });
    const status = await ask(port, '/status');
    expect(status.type).toBe('application/json');
    expect(JSON.parse(status.body)).toEqual(pages.status());
  });

  test('knows GET and HEAD, its four pages and nothing else', async () => {
    const port = await served();
    expect(await ask(port, '/livez', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect(await ask(port, '/livez', { method: 'POST' })).toMatchObject({ status: 405 });
    expect(await ask(port, '/')).toMatchObject({ status: 404 });
  });

  test('refuses headers that are larger than any probe sends', async () => {
    const port = await served();
    expect(await ask(port, '/livez', { headers: { padding: 'x'.repeat(9_000) } })).toMatchObject({ status: 431 });
  });

  test('a port that is taken is a settings error that names the port', async () => {
    const port = await served();
    await expect(startHealthServer(port, pages)).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      message: expect.stringContaining(String(port)),
    });
  });

  test('after closing the port is free again', async () => {
    const server = await startHealthServer(0, pages);
    await ask(server.port, '/livez');
    await server.close();
    const again = await startHealthServer(server.port, pages);
    await again.close();
    expect(again.port).toBe(server.port);
  });
});
