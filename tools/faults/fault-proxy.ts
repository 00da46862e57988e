/**
 * Stands before an API server or an HTTP sink on a port of loopback, passes everything on untouched, and breaks what it is told to break while
 * it runs. HTTP/1.1 only; bodies and watches are streamed in both directions.
 *
 * Not promised: client certificates, trailers and protocol upgrades do not pass.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { ClientConnection } from './client-connection.ts';
import { Exchange } from './exchange.ts';
import type { ConnectionRefused, Fault, RequestFault } from './fault.ts';
import { Front } from './front.ts';
import { Injection } from './injection.ts';
import { logEntry, type LoggedRequest } from './request-log.ts';
import { isWhole, type Scope } from './scope.ts';
import { selfSigned } from '../support/self-signed.ts';

export interface FaultProxyOptions {
  readonly upstream: { readonly url: string; readonly ca?: string | undefined };
  /** False: plain HTTP towards the client. @default true */
  readonly tls?: boolean;
}

export async function startFaultProxy({ upstream, tls = true }: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy({ url: new URL(upstream.url), ca: upstream.ca }, tls);
  await proxy.listen();
  return proxy;
}

export class FaultProxy {
  readonly host = '127.0.0.1';
  /** Of its own certificate; undefined with plain HTTP. */
  readonly ca: string | undefined;
  readonly #upstream: { readonly url: URL; readonly ca: string | undefined };
  readonly #front: Front;
  readonly #server: Server;
  /** By the client's port. */
  readonly #connections = new Map<number, ClientConnection>();
  readonly #exchanges = new Set<Exchange>();
  readonly #injections: Injection[] = [];
  readonly #requests: LoggedRequest[] = [];

  constructor(upstream: { readonly url: URL; readonly ca: string | undefined }, tls: boolean) {
    this.#upstream = upstream;
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    const own = tls ? selfSigned() : undefined;
    this.ca = own?.cert;
    this.#server = own === undefined ? createHttpServer(answer) : createHttpsServer(own, answer);
    // How long a connection may stay is the server's affair and the client's.
    Object.assign(this.#server, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, timeout: 0 });
    this.#front = new Front((socket) => this.#connect(socket));
  }

  get port(): number {
    return this.#front.port;
  }

  get url(): string {
    return `${this.ca === undefined ? 'http' : 'https'}://${this.host}:${this.port}`;
  }

  /** Every request so far, in the order in which they came. */
  get requests(): readonly LoggedRequest[] {
    return this.#requests;
  }

  /** Connections taken so far. */
  get connections(): number {
    return this.#front.accepted;
  }

  async listen(): Promise<void> {
    await this.#front.listen();
  }

  /** From now on, until healed or used up, this goes wrong for what the scope names; without a scope, for everything. */
  inject(fault: ConnectionRefused): Injection<ConnectionRefused>;
  inject<F extends RequestFault>(fault: F, scope?: Scope): Injection<F>;
  inject(fault: Fault, scope: Scope = {}): Injection {
    const injection: Injection = new Injection(fault, scope, () => this.#heal(injection));
    this.#injections.push(injection);
    this.#treatConnections();
    if (fault.kind === 'refuse') return injection;
    for (const exchange of this.#exchanges) if (injection.strikes(exchange.entry, 'open')) exchange.suffer(injection);
    if (fault.kind === 'reset' && isWhole(scope) && scope.reach !== 'new') this.#front.resetAll();
    return injection;
  }

  /** Ends every fault. */
  async heal(): Promise<void> {
    await Promise.all([...this.#injections].map((injection) => injection.heal()));
  }

  /** Ends what is in progress, and frees the port. */
  close(): void {
    this.#front.close();
  }

  async #heal(injection: Injection): Promise<void> {
    this.#injections.splice(this.#injections.indexOf(injection), 1);
    for (const exchange of this.#exchanges) exchange.wake();
    this.#treatConnections();
    if (!this.#isRefusing) await this.#front.listen();
  }

  #connect(socket: Socket): void {
    const port = socket.remotePort;
    if (port === undefined) return; // it has gone already
    this.#connections.set(port, new ClientConnection(socket, this.#upstream));
    socket.once('close', () => this.#connections.delete(port));
    this.#server.emit('connection', socket);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.get(request.socket.remotePort ?? 0);
    if (connection === undefined) return; // it has gone already
    const entry = logEntry(request);
    this.#requests.push(entry);
    const exchange = new Exchange({ request, response, connection, upstream: this.#upstream, entry });
    this.#exchanges.add(exchange);
    connection.exchangeBegan();
    for (const injection of this.#injections) if (injection.strikes(entry, 'new')) exchange.suffer(injection);
    await exchange.run();
    this.#exchanges.delete(exchange);
    connection.exchangeEnded();
    if (this.#isRefusing && connection.isIdle) connection.close();
  }

  get #isRefusing(): boolean {
    return this.#injections.some(({ fault }) => fault.kind === 'refuse');
  }

  /** Carries out what the faults at work say about connections as such. */
  #treatConnections(): void {
    const whole = this.#injections.filter(({ scope }) => isWhole(scope) && scope.reach !== 'open');
    const all = (kind: Fault['kind']) => whole.some(({ fault }) => fault.kind === kind);
    this.#front.treat(all('reset') ? 'reset' : all('blackhole') ? 'hold' : 'hand over');
    if (!this.#isRefusing) return;
    this.#front.refuse();
    for (const connection of this.#connections.values()) if (connection.isIdle) connection.close();
  }
}
