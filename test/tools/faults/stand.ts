/** A server that does as a test says, a fault proxy before it, and a client that tells what really happened to it. */
import {
  Agent as HttpAgent,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../tools/faults/fault-proxy.ts';
import { selfSigned } from '../../../tools/support/self-signed.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Stand {
  readonly proxy: FaultProxy;
  /** What reached the server, as `METHOD /path`. */
  readonly arrived: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent?: HttpAgent;
  readonly signal?: AbortSignal;
}

const own = selfSigned();

/** Both are gone when the test ends. @param tls on both sides */
export async function stand(handler: Handler, { tls = true }: { readonly tls?: boolean } = {}): Promise<Stand> {
  const arrived: string[] = [];
  const serve: Handler = (request, response) => {
    arrived.push(`${request.method} ${request.url}`);
    handler(request, response);
  };
  const server = tls ? createHttpsServer(own, serve) : createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = await startFaultProxy({ upstream: { url, ca: own.cert }, tls });
  onTestFinished(() => {
    proxy.close();
    server.closeAllConnections();
    server.close();
  });
  return { proxy, arrived };
}

/** Says `ok` to everything. */
export const sayOk: Handler = (request, response) => {
  request.resume();
  response.end('ok');
};

/** One request on a connection of its own, unless an agent is given. Rejects with what the client saw. */
export async function ask(proxy: FaultProxy, path: string, options: Ask = {}): Promise<Answer> {
  const response = await open(proxy, path, options);
  const { statusCode = 0, headers, rawHeaders } = response;
  return { status: statusCode, headers, rawHeaders, body: await text(response) };
}

/** Resolves with the head of the answer. Its body is the caller's to read. */
export function open(proxy: FaultProxy, path: string, { body, ...options }: Ask = {}): Promise<IncomingMessage> {
  const send = proxy.ca === undefined ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    const sent = send({ host: proxy.host, port: proxy.port, path, ca: proxy.ca, agent: false, ...options }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

/** An agent that keeps its connection, until the test ends. */
export function keptConnection(proxy: FaultProxy): HttpAgent {
  const options = { keepAlive: true, maxSockets: 1 };
  const agent = proxy.ca === undefined ? new HttpAgent(options) : new HttpsAgent({ ...options, ca: proxy.ca });
  onTestFinished(() => agent.destroy());
  return agent;
}

/** The code of the error that it rejects with. */
export async function codeOf(asked: Promise<unknown>): Promise<string | undefined> {
  return asked.then(
    () => 'no error',
    (error: NodeJS.ErrnoException) => error.code,
  );
}

/** Whether it is settled, without waiting for it. */
export function watched<T>(promise: Promise<T>): { readonly promise: Promise<T>; readonly isSettled: () => boolean } {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  return { promise, isSettled: () => settled };
}

/** What came of a stream until it ended, and how it ended. */
export async function readAll(response: IncomingMessage): Promise<{ readonly text: string; readonly code?: string }> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { text: Buffer.concat(chunks).toString() };
  } catch (error) {
    return { text: Buffer.concat(chunks).toString(), code: String((error as NodeJS.ErrnoException).code) };
  }
}
