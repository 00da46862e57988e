/**
 * An agent for https:// through a proxy: it asks the proxy for a tunnel to the target (CONNECT), and speaks TLS with the target in it. Node has
 * proxies in its own agents only from 22.21 and 24.5 on.
 */
import { type ClientRequest, request } from 'node:http';
import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { addressSelection, createAgent } from '../support/agents.ts';
import type { Proxy } from './proxy.ts';

/** Of a request through a tunnel. */
export interface TunnelOptions extends RequestOptions {
  /** Gives up the tunnel while it is made: an agent does not hear of the signal of the request. */
  readonly tunnelSignal: AbortSignal;
  /** That the whole exchange has. */
  readonly timeoutMs: number;
}

/** What a proxy answered instead of opening a tunnel. */
export class ProxyRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string | undefined) {
    super([status, message].filter(Boolean).join(' '));
    this.name = 'ProxyRefusal';
    this.status = status;
  }
}

type Done = (error: Error | null, stream: Duplex) => void;

export class TunnelAgent extends Agent {
  readonly #proxy: Proxy;
  readonly #toProxy = createAgent('http:', { keepAlive: false });

  constructor(proxy: Proxy, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: RequestOptions, done?: Done): undefined {
    const fail = (error: unknown) => (done as ((error: unknown) => void) | undefined)?.(error);
    const asking = this.#ask(options as TunnelOptions);
    asking.on('error', fail);
    asking.on('connect', ({ statusCode = 0, statusMessage }, socket: Socket, head: Buffer) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        return fail(new ProxyRefusal(statusCode, statusMessage));
      }
      if (head.length > 0) socket.unshift(head);
      try {
        done?.(null, super.createConnection({ ...options, socket } as RequestOptions) as Duplex);
      } catch (error) {
        socket.destroy();
        fail(error);
      }
    });
    asking.end();
  }

  #ask({ host, port, tunnelSignal: signal, timeoutMs }: TunnelOptions): ClientRequest {
    const { authorization, ...proxy } = this.#proxy;
    const target = `${bracketed(host ?? '')}:${port ?? 443}`;
    return request({
      ...addressSelection(timeoutMs),
      agent: this.#toProxy,
      signal,
      method: 'CONNECT',
      host: proxy.host,
      port: proxy.port,
      path: target,
      headers: { host: target, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) },
    });
  }
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
