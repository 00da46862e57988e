import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { ApiClient } from '../../../runtime/src/kube/api-client.ts';
import type { Connection } from '../../../runtime/src/kube/connection.ts';
import type { Subject } from '../../../runtime/src/kube/subject.ts';
import type { Clock } from '../../../runtime/src/support/clock.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Handler = (request: SeenRequest, response: ServerResponse) => void;

export interface TestApi {
  readonly server: Server;
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  /** Connections accepted so far. */
  readonly connections: number;
}

/** A server on loopback that answers as the test says. It ends with the test. */
export async function startApi(handle: Handler): Promise<TestApi> {
  const requests: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://api');
    const { method = '', headers } = request;
    const sent = await text(request);
    const body = sent === '' ? undefined : JSON.parse(sent);
    const seen = { method, path: url.pathname, query: Object.fromEntries(url.searchParams), headers, body };
    requests.push(seen);
    handle(seen, response);
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    requests,
    get connections() {
      return connections;
    },
  };
}

export function connectionTo(port: number, overrides: Partial<Connection> = {}): Connection {
  return {
    protocol: 'http:',
    host: '127.0.0.1',
    port,
    basePath: '',
    namespace: 'monitoring',
    origin: 'test',
    credentials: async () => ({ headers: { authorization: 'Bearer secret-token' } }),
    forget: () => undefined,
    ...overrides,
  };
}

export interface TestClient {
  readonly client: ApiClient;
  readonly clock: ManualClock;
  readonly happenings: readonly Happening[];
}

export function clientOn(connection: Connection): TestClient {
  const clock = manualClock();
  const happenings: Happening[] = [];
  const client = newClient(connection, clock, (happening) => happenings.push(happening));
  return { client, clock, happenings };
}

function newClient(connection: Connection, clock: Clock, report: (happening: Happening) => void): ApiClient {
  return new ApiClient({ connection, userAgent: 'eventbaton/1.2.3 (pod_1_2)', clock, report });
}

export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export const probing: Subject = { verb: 'list', apiVersion: 'v1', resource: 'events', namespace: 'monitoring' };
export const leaseOf = (verb: Subject['verb']): Subject => ({
  verb,
  apiVersion: 'coordination.k8s.io/v1',
  resource: 'leases',
  namespace: 'monitoring',
  name: 'lock',
});

/** What a promise was rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}
