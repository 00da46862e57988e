import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CollectorError } from '../support/errors.ts';
import type { Verdict } from './health.ts';
import type { Status } from './status.ts';

export interface HealthPages {
  readonly live: () => Verdict;
  readonly ready: () => Verdict;
  readonly metrics: () => string;
  readonly status: () => Status;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @param port 0: any free one. Throws SETTINGS_INVALID where it cannot be bound. */
export async function startHealthServer(port: number, pages: HealthPages): Promise<HealthServer> {
  const server = createServer({ maxHeaderSize: 8_192, requestTimeout: 10_000 }, (request, response) =>
    answer(request, response, pages),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hint = 'set DD_HEALTH_PORT to a free port; 0 takes any, without takeover by a restarted container';
      reject(
        new CollectorError('SETTINGS_INVALID', `health_port ${port} cannot be bound: ${error.code}`, {
          cause: error,
          hint,
        }),
      );
    });
    server.listen(port, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, pages: HealthPages): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'only GET\n');
  switch (request.url?.split('?')[0]) {
    case '/livez':
      return verdict(response, pages.live());
    case '/readyz':
      return verdict(response, pages.ready());
    case '/metrics':
      return send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', pages.metrics());
    case '/status':
      return send(response, 200, 'application/json', `${JSON.stringify(pages.status(), undefined, 2)}\n`);
    default:
      return send(response, 404, 'text/plain', '/livez /readyz /metrics /status\n');
  }
}

function verdict(response: ServerResponse, { ok, reason }: Verdict): void {
  send(response, ok ? 200 : 503, 'text/plain', `${ok ? 'ok' : 'failed'}: ${reason}\n`);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}
