/** Stands in for a forward proxy: tunnels by CONNECT, and passes on requests in absolute form. */
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ProxiedRequest {
  /** CONNECT, or the method of the request itself. */
  readonly method: string;
  /** As it stood in the request line. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
}

export interface HttpProxyOptions {
  /** What Proxy-Authorization has to be. @default nothing */
  readonly authorization?: string;
  /** Where a name leads to. @default to itself */
  readonly route?: (host: string) => string;
  /** Answered instead of passing on: a status, or nothing at all. @default passes on */
  readonly refuse?: number | 'never';
}

export class HttpProxy {
  readonly requests: ProxiedRequest[] = [];
  readonly #options: HttpProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: HttpProxyOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#passOn(request, response));
    this.#server.on('connect', (request, socket: Socket, head: Buffer) => this.#tunnel(request, socket, head));
    this.#server.on('connection', (socket: Socket) => this.#hold(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connections that are open at the moment, of clients and to targets. */
  get open(): number {
    return this.#sockets.size;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.#sockets.delete(socket));
  }

  /** @returns the status to answer with, undefined if the request is passed on */
  #note({ method = '', url = '', headers }: IncomingMessage): HttpProxyOptions['refuse'] {
    const { authorization, refuse } = this.#options;
    this.requests.push({ method, target: url, headers });
    return authorization !== undefined && headers['proxy-authorization'] !== authorization ? 407 : refuse;
  }

  #passOn(request: IncomingMessage, response: ServerResponse): void {
    const refusal = this.#note(request);
    if (refusal === 'never') return;
    if (refusal !== undefined) return void response.writeHead(refusal).end('refused by the proxy');
    const { hostname, port, pathname, search } = new URL(request.url ?? '');
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const host = this.#options.route?.(hostname) ?? hostname;
    const onwards = httpRequest({ host, port, path: pathname + search, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onwards.on('error', () => response.destroy());
    request.pipe(onwards);
  }

  #tunnel(request: IncomingMessage, client: Socket, head: Buffer): void {
    const refusal = this.#note(request);
    // Only a socket that is read from notices that its client has left.
    if (refusal === 'never') return void client.resume().once('end', () => client.end());
    if (refusal !== undefined) return void client.end(`HTTP/1.1 ${refusal} Refused by the proxy\r\n\r\n`);
    const [, host = '', port] = /^(.*):([0-9]+)$/.exec(request.url ?? '') ?? [];
    const target = connect({ host: this.#options.route?.(host) ?? host, port: Number(port) }, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      target.write(head);
      client.pipe(target).pipe(client);
    });
    this.#hold(target);
    target.once('close', () => client.destroy());
    client.once('close', () => target.destroy());
  }
}

export async function startHttpProxy(options: HttpProxyOptions = {}): Promise<HttpProxy> {
  const proxy = new HttpProxy(options);
  await proxy.listen();
  return proxy;
}
