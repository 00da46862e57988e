import { Agent as HttpAgent, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';

/** What stands behind a proxy. */
export interface Upstream {
  readonly url: URL;
  /** Of an https server that is no public one. */
  readonly ca?: string | undefined;
}

/**
 * One connection of a client, with one to the server that lives and dies with it: a kept connection goes stale for the client as it does
 * without a proxy.
 */
export class ClientConnection {
  readonly agent: HttpAgent;
  readonly #socket: Socket;
  readonly #serverSockets = new WeakSet<Socket>();
  #open = 0;
  #serverGone = false;

  constructor(socket: Socket, { url, ca }: Upstream) {
    const kept = { keepAlive: true, maxSockets: 1 };
    this.#socket = socket;
    this.agent = url.protocol === 'https:' ? new HttpsAgent({ ...kept, ca }) : new HttpAgent(kept);
    socket.once('close', () => this.#releaseServer());
  }

  get isIdle(): boolean {
    return this.#open === 0;
  }

  /** To be told of each request to the server. */
  follow(request: ClientRequest): void {
    request.once('socket', (socket) => {
      if (this.#serverSockets.has(socket)) return;
      this.#serverSockets.add(socket);
      socket.once('close', () => {
        this.#serverGone = true;
        this.closeIfStale();
      });
    });
  }

  exchangeBegan(): void {
    this.#open += 1;
  }

  exchangeEnded(): void {
    this.#open -= 1;
    this.closeIfStale();
    if (this.#socket.destroyed) this.#releaseServer();
  }

  closeIfStale(): void {
    if (this.#serverGone && this.isIdle) this.close();
  }

  /** RST. What was sent and not yet read may be lost with it. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** FIN, behind what was sent. */
  close(): void {
    this.#socket.destroy();
  }

  /** A request that is to arrive although the client has gone keeps it. */
  #releaseServer(): void {
    if (this.isIdle) this.agent.destroy();
  }
}
