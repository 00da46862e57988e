/**
 * Requests to the API server over node:https: few connections kept alive, a deadline on every call, credentials read anew when they are
 * rotated. Every failure is a CollectorError.
 *
 * Not promised: that a request without an answer was not applied. Only a GET on a kept connection that had gone stale is repeated here.
 */
import { type Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions as HttpsOptions } from 'node:https';
import { addressSelection, createAgent } from '../support/agents.ts';
import type { Clock } from '../support/clock.ts';
import { startDeadline } from '../support/deadline.ts';
import type { Report } from '../support/happening.ts';
import type { RequestOptions } from '../support/kubernetes-object.ts';
import { refuseUpgrade } from '../support/refuse-upgrade.ts';
import { type AnswerBody, readBody } from './answer-body.ts';
import { ApiTime } from './api-time.ts';
import type { Connection } from './connection.ts';
import { frameCapBytes } from './frames.ts';
import { noAnswer, plain, statusError, unusableAnswer } from './status-error.ts';
import { methodOf, pathOf, type Subject } from './subject.ts';
import { warningTexts } from './warning-header.ts';

export interface ApiClientOptions {
  readonly connection: Connection;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly report: Report;
}

export interface Call extends RequestOptions {
  readonly subject: Subject;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of the answer. */
  readonly maximumBytes?: number;
}

type TimedCall = Call & { readonly timeoutMs: number };

export interface ApiAnswer {
  readonly body: unknown;
  readonly bytes: number;
  /** API-server time of the answer, in milliseconds since 1970. */
  readonly time: number;
}

export interface OpenStream {
  readonly response: IncomingMessage;
  /** API-server time at which it was accepted, in milliseconds since 1970. */
  readonly acceptedAt: number;
}

/** The head of an answer, and when it came in API-server time. */
interface Head {
  readonly response: IncomingMessage;
  readonly time: number;
}

const defaultTimeoutMs = 10_000;

/** A busy API server may queue a watch for a quarter of its request timeout (60 s) before it answers. */
const openTimeoutMs = 20_000;

/** The server retires idle connections after 90 s; ours go first. */
const idleMs = 60_000;

/** Below what NAT boxes forget: a dead peer shows after this and ten probes of one second. */
const keepAliveMs = 30_000;

/** Warnings differ by what is deprecated, which is little; a server that makes up new ones is not listened to for ever. */
const warningsTold = 100;

export class ApiClient {
  readonly time: ApiTime;
  readonly #options: ApiClientOptions;
  readonly #agent: Agent;
  readonly #freshAgent: Agent;
  readonly #warned = new Set<string>();

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.time = new ApiTime(options.clock);
    const { protocol } = options.connection;
    const kept = { keepAlive: true, keepAliveMsecs: keepAliveMs, timeout: idleMs, maxFreeSockets: 2 };
    this.#agent = createAgent(protocol, kept);
    this.#freshAgent = createAgent(protocol, { keepAlive: false });
  }

  /**
   * One request with one JSON answer, within `timeoutMs` from connecting to the last byte (default 10 s). An answer over `maximumBytes`
   * (default 16 MiB) is API_BROKEN.
   */
  async call(call: Call): Promise<ApiAnswer> {
    const timeoutMs = call.timeoutMs ?? defaultTimeoutMs;
    const deadline = startDeadline(this.#options.clock, timeoutMs, call.signal);
    try {
      const head = await this.#send({ ...call, timeoutMs }, this.#agent, deadline.signal);
      const { json, bytes } = await this.#readBody(call, head, deadline.signal);
      const { statusCode = 0 } = head.response;
      if (statusCode < 200 || statusCode > 299) throw this.#refused(call, head, json);
      return { body: json, bytes, time: head.time };
    } finally {
      deadline.release();
    }
  }

  /** Opens a stream. Resolves when the server accepted it (200); the caller reads and destroys the response, as does an abort of `signal`. */
  async stream(call: Call, signal: AbortSignal): Promise<OpenStream> {
    const timeoutMs = call.timeoutMs ?? openTimeoutMs;
    const deadline = startDeadline(this.#options.clock, timeoutMs, signal);
    try {
      const head = await this.#send({ ...call, timeoutMs }, this.#freshAgent, deadline.signal);
      const { response, time } = head;
      if (response.statusCode !== 200)
        throw this.#refused(call, head, (await this.#readBody(call, head, deadline.signal)).json);
      deadline.met();
      response.once('close', () => deadline.release());
      response.socket.setKeepAlive(true, keepAliveMs);
      return { response, acceptedAt: time };
    } catch (error) {
      deadline.release();
      throw error;
    }
  }

  #refused({ subject }: Call, { response, time }: Head, body: unknown): Error {
    const status = response.statusCode ?? 0;
    if (status === 401) this.#options.connection.forget();
    return statusError(subject, { status, retryAfter: response.headers['retry-after'], body, time });
  }

  async #send(call: TimedCall, agent: Agent, signal: AbortSignal): Promise<Head> {
    const { clock, report, connection } = this.#options;
    const method = methodOf(call.subject);
    const startedAt = clock.now();
    const tell = (code: string) =>
      report({ what: 'api answered', method, code, host: connection.host, milliseconds: clock.now() - startedAt });
    try {
      const options = await this.#requestOptions(call, method, agent, signal);
      const response = await this.#sendOnce(options, call.body);
      tell(String(response.statusCode));
      if (call.tellWarnings !== false) this.#warn(response);
      return { response, time: this.time.hear(response.headers.date) };
    } catch (error) {
      tell('<error>');
      throw noAnswer(call.subject, connection, signal.aborted ? signal.reason : error);
    }
  }

  async #requestOptions(call: TimedCall, method: string, agent: Agent, signal: AbortSignal): Promise<HttpsOptions> {
    const { connection, userAgent } = this.#options;
    const { headers, ...tls } = await connection.credentials();
    const query = call.query === undefined ? '' : `?${new URLSearchParams(call.query).toString()}`;
    return {
      ...tls,
      ...addressSelection(call.timeoutMs),
      agent,
      signal,
      method,
      host: connection.host,
      port: connection.port,
      path: connection.basePath + pathOf(call.subject) + query,
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...headers,
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    };
  }

  #sendOnce(options: HttpsOptions, body: unknown): Promise<IncomingMessage> {
    const request = this.#options.connection.protocol === 'http:' ? httpRequest : httpsRequest;
    return new Promise((resolve, reject) => {
      const sent = request(options, resolve);
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const stale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        if (stale && options.method === 'GET')
          this.#sendOnce({ ...options, agent: this.#freshAgent }, body).then(resolve, reject);
        else reject(error);
      });
      refuseUpgrade(sent, reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async #readBody(call: Call, { response }: Head, signal: AbortSignal): Promise<AnswerBody> {
    try {
      return await readBody(response, call.maximumBytes ?? frameCapBytes);
    } catch (error) {
      throw unusableAnswer(call.subject, this.#options.connection, signal.aborted ? signal.reason : error);
    }
  }

  /** A deprecation that the server announces with every answer is told once. */
  #warn(response: IncomingMessage): void {
    const { warning } = response.headers;
    if (warning === undefined) return;
    for (const said of warningTexts(warning)) {
      const text = plain(said);
      if (this.#warned.has(text) || this.#warned.size >= warningsTold) continue;
      this.#warned.add(text);
      this.#options.report({ what: 'api warning', text });
    }
  }
}
