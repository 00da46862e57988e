/** The embedded API server's sockets: HTTPS on loopback, one process with whoever started it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ClusterStore } from '../store/cluster-store.ts';
import { failure } from '../store/status.ts';
import type { Frame, OpenWatch } from '../store/watching.ts';
import { type Api, refusal, type WatchAnswer, type WholeAnswer } from './api.ts';
import type { SelfSigned } from '../../support/self-signed.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';
import { routeOf } from './route.ts';

export interface EmbeddedServerOptions {
  readonly api: Api;
  readonly store: ClusterStore;
  readonly log: RequestLog;
  readonly certificate: SelfSigned;
}

/** What the API server takes for a request, and how long it keeps an idle connection. */
const bodyCapBytes = 3 * 1_024 * 1_024;
const idleMs = 90_000;

/** Left to itself the API server ends a watch after once to twice its `--min-request-timeout`. */
const watchSeconds = 1_800;

/** Longer than any timer of Node can run. */
const longestTimerMs = 2 ** 31 - 1;

export class EmbeddedServer {
  readonly #options: EmbeddedServerOptions;
  readonly #watches = new Set<ServerResponse>();
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EmbeddedServerOptions) {
    this.#options = options;
  }

  /** @param port 0: any. @returns the port */
  async start(port: number): Promise<number> {
    const { cert, key } = this.#options.certificate;
    const server = createServer({ cert, key, keepAliveTimeout: idleMs }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    this.#letTimePass();
    return (server.address() as AddressInfo).port;
  }

  /** In order: watches end, requests are answered. Otherwise every connection is cut. */
  async stop(inOrder: boolean): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    clearTimeout(this.#timer);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    if (inOrder) for (const response of this.#watches) response.end();
    else server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receivedAt = preciseNow();
    const route = routeOf(request.method ?? 'GET', request.url ?? '/');
    response.on('error', () => undefined); // the client has gone
    const body = await readBody(request);
    if (body === undefined) return; // cut within the request
    const { api, store } = this.#options;
    store.advance(Date.now());
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const owner = api.ownerOf(token);
    const userAgent = request.headers['user-agent'] ?? '';
    const logged: LoggedRequest = { route, receivedAt, userAgent, user: owner?.user ?? '' };
    const [contentType = ''] = (request.headers['content-type'] ?? '').split(';');
    const answer =
      body.length > bodyCapBytes
        ? refusal(failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bodyCapBytes}`))
        : api.answer({ route, owner, contentType, body });
    if (answer.type === 'watch') this.#stream(answer, response, logged);
    else this.#send(answer, response, logged);
    this.#letTimePass();
  }

  #send(
    { status, body, warnings, retryAfterSeconds }: WholeAnswer,
    response: ServerResponse,
    logged: LoggedRequest,
  ): void {
    const isText = typeof body === 'string';
    const bytes = Buffer.from(isText ? body : `${JSON.stringify(body)}\n`);
    response.writeHead(status, {
      ...headers(warnings),
      'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
      'content-length': bytes.length,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    });
    response.end(bytes);
    this.#options.log.add(logged, 'ResponseComplete', { code: status, at: preciseNow(), object: body });
  }

  #stream(answer: WatchAnswer, response: ServerResponse, logged: LoggedRequest): void {
    const { store, log } = this.#options;
    const { warnings, timeoutSeconds = Math.ceil(watchSeconds * (1 + Math.random())) } = answer;
    const early: Frame[] = [];
    let take = (frame: Frame): void => void early.push(frame);
    const watch = openOrRefuse(answer, (frame) => take(frame), store.now + timeoutSeconds * 1_000);
    if ('type' in watch) return this.#send(watch, response, logged);
    response.writeHead(200, { ...headers(warnings), 'content-type': 'application/json' });
    response.flushHeaders();
    log.add(logged, 'ResponseStarted', { code: 200, at: preciseNow() });
    take = (frame) => {
      response.write(`${JSON.stringify(frame)}\n`);
      if (frame.type === 'ERROR') response.end();
    };
    for (const frame of early) take(frame);
    const timer = setTimeout(() => response.end(), Math.min(timeoutSeconds * 1_000, longestTimerMs));
    this.#watches.add(response);
    response.once('close', () => {
      clearTimeout(timer);
      watch.close();
      this.#watches.delete(response);
      log.add(logged, 'ResponseComplete', { code: 200, at: preciseNow() });
    });
  }

  /** Does what is due in the store, and comes back when something is again. */
  #letTimePass(): void {
    const { store } = this.#options;
    if (this.#server === undefined) return;
    clearTimeout(this.#timer);
    store.advance(Date.now());
    const waitMs = Math.min(Math.max(store.dueAt - Date.now(), 0) + 1, longestTimerMs);
    this.#timer = setTimeout(() => this.#letTimePass(), waitMs);
    this.#timer.unref();
  }
}

function openOrRefuse(
  { open, warnings }: WatchAnswer,
  listener: (frame: Frame) => void,
  endsAt: number,
): OpenWatch | WholeAnswer {
  try {
    return open(listener, endsAt);
  } catch (error) {
    return refusal(error, warnings);
  }
}

function headers(warnings: readonly string[]): Record<string, string> {
  return {
    'cache-control': 'no-cache, private',
    ...(warnings.length === 0 ? {} : { warning: warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ') }),
  };
}

/** @returns undefined where the client went before its end */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString();
}

/** Milliseconds since 1970, to the microsecond. */
function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}
