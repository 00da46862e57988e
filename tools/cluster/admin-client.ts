import { Agent, type AgentOptions, request } from 'node:https';
import { text } from 'node:stream/consumers';

export interface AdminAnswer<T> {
  readonly status: number;
  readonly body: T;
  /** Of the API server, as its headers have them. */
  readonly warnings: readonly string[];
}

export interface AdminClientOptions
  extends Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'> {
  readonly url: string;
  /** Or whatever stands in for it in the headers, or a client certificate. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly sockets?: number;
}

/** Requests with all rights, for what tests and demo do to a cluster. A refusal is an answer, not an error. */
export class AdminClient {
  readonly #url: URL;
  readonly #agent: Agent;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url, token, headers = {}, sockets = 16, ...tls }: AdminClientOptions) {
    this.#url = new URL(url);
    this.#agent = new Agent({ ...tls, keepAlive: true, maxSockets: sockets, timeout: 60_000 });
    this.#headers = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` };
  }

  async send<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<AdminAnswer<T>> {
    const sentBody = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      ...this.#headers,
      accept: 'application/json',
      'user-agent': 'admin',
      // Of a DELETE Node tells no length by itself, and its body would be taken for the next request.
      ...(sentBody === undefined ? {} : { 'content-type': contentType, 'content-length': sentBody.length }),
    };
    const { port } = this.#url;
    const hostname = this.#url.hostname.replace(/^\[|\]$/g, '');
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      const sent = request({ host: hostname, port, path, method, headers, agent: this.#agent }, resolve);
      sent.on('error', reject);
      sent.end(sentBody);
    });
    const said = await text(response);
    const warnings = response.headersDistinct['warning'] ?? [];
    return { status: response.statusCode ?? 0, body: parse(said) as T, warnings };
  }

  /** Like {@link send}, where only success will do. */
  async expect<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<T> {
    const answer = await this.send<T>(method, path, body, contentType);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 1_000)}`);
    return answer.body;
  }

  /** Creates the object, or replaces the one of its name. */
  async apply(object: ManifestObject): Promise<void> {
    const collection = collectionPath(object);
    const created = await this.send('POST', collection, object);
    if (created.status < 300) return;
    if (created.status !== 409)
      throw new Error(`POST ${collection}: ${created.status} ${JSON.stringify(created.body).slice(0, 1_000)}`);
    const patch = 'application/apply-patch+yaml';
    await this.expect(
      'PATCH',
      `${collection}/${object.metadata.name}?fieldManager=manifests&force=true`,
      object,
      patch,
    );
  }

  close(): void {
    this.#agent.destroy();
  }
}

export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Regular plurals are all that our manifests need. */
export function collectionPath({ apiVersion, kind, metadata }: ManifestObject): string {
  const resource = kind.toLowerCase().endsWith('y')
    ? `${kind.toLowerCase().slice(0, -1)}ies`
    : `${kind.toLowerCase()}s`;
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return metadata.namespace === undefined
    ? `${group}/${resource}`
    : `${group}/namespaces/${metadata.namespace}/${resource}`;
}

function parse(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch (error) {
    if (error instanceof SyntaxError) return { message: said.slice(0, 1_000) };
    throw error;
  }
}
