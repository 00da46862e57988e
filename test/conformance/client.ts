/** Requests as bytes on the wire, for tests of a server: nothing is repeated, checked or hidden. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { json, text } from 'node:stream/consumers';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { WatchStream } from './watch-stream.ts';

/** An object as the API tells it: tests look into it, and compare. */
export interface Told {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly [field: string]: unknown;
  };
  readonly items: readonly Told[];
  readonly [field: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Told;
}

export interface SendOptions {
  readonly contentType?: string;
  /** Null: none. */
  readonly token?: string | null;
  readonly userAgent?: string;
}

export type Query = Readonly<Record<string, string | number>>;

export class Client {
  readonly #plane: ControlPlane;
  readonly #agent: Agent;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    this.#agent = new Agent({ ca: plane.ca, keepAlive: true, maxSockets: 8 });
  }

  get(path: string, query: Query = {}): Promise<Answer> {
    return this.send('GET', withQuery(path, query));
  }

  /** @param body an object, or text that is sent as it is */
  async send(method: string, path: string, body?: unknown, options: SendOptions = {}): Promise<Answer> {
    const response = await this.#open(method, path, body, options);
    const isJson = response.headers['content-type'] === 'application/json';
    const said = isJson ? ((await json(response)) as Told) : ({ text: await text(response) } as unknown as Told);
    return { status: response.statusCode ?? 0, headers: response.headers, body: said };
  }

  /** Like {@link send}, where only success will do. */
  async expect(method: string, path: string, body?: unknown, options?: SendOptions): Promise<Told> {
    const answer = await this.send(method, path, body, options);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  mergePatch(path: string, patch: unknown): Promise<Answer> {
    return this.send('PATCH', path, patch, { contentType: 'application/merge-patch+json' });
  }

  apply(path: string, object: unknown, fieldManager = 'manifests'): Promise<Answer> {
    const query = { fieldManager, force: 'true' };
    return this.send('PATCH', withQuery(path, query), object, { contentType: 'application/apply-patch+yaml' });
  }

  /** Opens a watch that the server accepts. */
  async watch(path: string, query: Query = {}): Promise<WatchStream> {
    const response = await this.#open('GET', withQuery(path, { watch: 'true', ...query }), undefined, {});
    if (response.statusCode === 200) return new WatchStream(response);
    throw new Error(`watch ${path}: ${response.statusCode} ${await text(response)}`);
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(method: string, path: string, body: unknown, options: SendOptions): Promise<IncomingMessage> {
    const { contentType = 'application/json', token = this.#plane.adminToken, userAgent = 'conformance' } = options;
    const bytes = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const headers = {
      'user-agent': userAgent,
      accept: 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(bytes === undefined ? {} : { 'content-type': contentType, 'content-length': bytes.length }),
    };
    const { host, port } = this.#plane;
    return new Promise((resolve, reject) => {
      const sent = request({ host, port, method, path, headers, agent: this.#agent }, resolve);
      sent.on('error', reject);
      sent.end(bytes);
    });
  }
}

export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}
