/**
 * The TCP side of a proxy: a port of loopback that takes connections, holds them unread, refuses them or resets them. What happens on a
 * connection is up to whom it is handed.
 */
import { createServer, type Server, type Socket } from 'node:net';

const host = '127.0.0.1';

/** A port that nobody listened on for a moment may be in use by an outgoing connection. */
const listenLimitMs = 10_000;

export class Front {
  readonly #sockets = new Set<Socket>();
  readonly #held = new Set<Socket>();
  readonly #handOver: (socket: Socket) => void;
  #server: Server | undefined;
  #isWanted = false;
  #port = 0;
  #treatment: 'hand over' | 'hold' | 'reset' = 'hand over';
  #accepted = 0;

  constructor(handOver: (socket: Socket) => void) {
    this.#handOver = handOver;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections taken so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Listens, always on the same port. */
  async listen(): Promise<void> {
    if (this.#isWanted) return;
    this.#isWanted = true;
    const server = await this.#listening();
    this.#port = (server.address() as { port: number }).port;
    if (this.#isWanted) this.#server = server;
    else server.close();
  }

  refuse(): void {
    this.#isWanted = false;
    this.#server?.close();
    this.#server = undefined;
  }

  /** What becomes of connections from now on, and of those that are held. */
  treat(how: 'hand over' | 'hold' | 'reset'): void {
    this.#treatment = how;
    const held = [...this.#held];
    this.#held.clear();
    for (const socket of held) this.#place(socket);
  }

  resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  close(): void {
    this.refuse();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #listening(): Promise<Server> {
    const deadline = performance.now() + listenLimitMs;
    for (;;) {
      try {
        return await listening(this.#port, (socket) => this.#accept(socket));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  #accept(socket: Socket): void {
    this.#accepted += 1;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#held.delete(socket);
    });
    this.#place(socket);
  }

  #place(socket: Socket): void {
    switch (this.#treatment) {
      case 'hand over':
        return this.#handOver(socket);
      case 'hold':
        this.#held.add(socket);
        return undefined;
      case 'reset':
        socket.resetAndDestroy();
        return undefined;
    }
  }
}

function listening(port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(onConnection);
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
