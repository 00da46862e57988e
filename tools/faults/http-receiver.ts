/**
 * Stands in for an HTTP sink: takes batches of records by POST or PUT, answers as it is told to, and keeps what it accepted, in order.
 *
 * Accepted is what was answered with 2xx, from the moment of answering on, whether or not the client is still there to hear it.
 */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';
import { readBatch } from './batch.ts';
import { selfSigned } from '../support/self-signed.ts';

export interface ReceivedBatch {
  /** Of the request, from 1, in the order in which they came. */
  readonly number: number;
  /** When all of it was there, in milliseconds of the monotonic clock. */
  readonly at: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly idempotencyKey: string | undefined;
  /** As sent, so compressed where it was. */
  readonly bytes: number;
  readonly format: 'json array' | 'ndjson' | undefined;
  readonly isGzip: boolean;
  readonly records: readonly SinkRecord[];
  /** Why it could not be read; it is answered with 400 then. */
  readonly problem: string | undefined;
}

export type Reply =
  | {
      /** @default 200 */
      readonly status?: number;
      readonly headers?: OutgoingHttpHeaders;
      readonly body?: string;
      /** Before the answer. @default 0 */
      readonly delayMs?: number;
    }
  | 'never'
  | 'reset';

export type Answering = (batch: ReceivedBatch) => Reply | Promise<Reply>;

export interface HttpReceiverOptions {
  /** @default false */
  readonly tls?: boolean;
  /** With TLS: refuses whoever shows no certificate of this authority. @default asks for none */
  readonly clientCa?: string;
  /** With TLS. @default TLSv1.3 */
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** @default accepts everything */
  readonly answer?: Answering;
}

const acceptAll: Answering = () => ({ status: 200 });

export async function startHttpReceiver({
  answer = acceptAll,
  ...options
}: HttpReceiverOptions = {}): Promise<HttpReceiver> {
  const receiver = new HttpReceiver(options, answer);
  await receiver.listen();
  return receiver;
}

export class HttpReceiver {
  /** Of its own certificate; undefined with plain HTTP. */
  readonly ca: string | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #batches: ReceivedBatch[] = [];
  readonly #accepted: SinkRecord[] = [];
  #answering: Answering;
  #number = 0;

  constructor({ tls = false, clientCa, maxVersion }: Omit<HttpReceiverOptions, 'answer'>, answer: Answering) {
    this.#answering = answer;
    const own = tls ? selfSigned() : undefined;
    this.ca = own?.cert;
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    const asked = clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: clientCa };
    this.#server =
      own === undefined
        ? createHttpServer(serve)
        : createHttpsServer({ ...own, ...asked, ...(maxVersion === undefined ? {} : { maxVersion }) }, serve);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.ca === undefined ? 'http' : 'https'}://127.0.0.1:${port}/`;
  }

  /** Every request whose body came whole, in that order. */
  get batches(): readonly ReceivedBatch[] {
    return this.#batches;
  }

  /** Records of the batches that were accepted, in the order of the answers. */
  get accepted(): readonly SinkRecord[] {
    return this.#accepted;
  }

  /** How requests are answered from now on. */
  answerWith(answering: Answering): void {
    this.#answering = answering;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#number += 1;
    const number = this.#number;
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return; // the client left in the middle of it
    const batch = describe(number, request, body);
    this.#batches.push(batch);
    const reply: Reply =
      batch.problem === undefined ? await this.#answering(batch) : { status: 400, body: batch.problem };
    if (reply === 'never') return;
    if (reply === 'reset') return resetConnection(this.#sockets, request);
    const { status = 200, headers = {}, body: said = '', delayMs = 0 } = reply;
    if (delayMs > 0) await delay(delayMs);
    if (status >= 200 && status < 300) this.#accepted.push(...batch.records);
    response.writeHead(status, headers);
    response.end(said);
  }
}

function describe(number: number, { method = '', url = '', headers }: IncomingMessage, body: Buffer): ReceivedBatch {
  const key = headers['idempotency-key'];
  return {
    number,
    at: performance.now(),
    method,
    path: url,
    headers,
    idempotencyKey: typeof key === 'string' ? key : undefined,
    bytes: body.length,
    ...readBatch(body, headers['content-encoding']),
  };
}

function resetConnection(sockets: ReadonlySet<Socket>, { socket: { remotePort } }: IncomingMessage): void {
  for (const socket of sockets) if (socket.remotePort === remotePort) socket.resetAndDestroy();
}
