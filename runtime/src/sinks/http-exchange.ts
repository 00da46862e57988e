/** One request to an HTTP server, with as much of its answer as a person may want to see. */
import { type Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { addressSelection } from '../support/agents.ts';
import { refuseUpgrade } from '../support/refuse-upgrade.ts';
import type { Proxy } from './proxy.ts';
import type { TlsMaterial } from './tls-material.ts';

export interface Exchange {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The beginning of the answer. */
  readonly said: string;
  /** Whether there was more of it. */
  readonly isCut: boolean;
  /** Whether the answer came to its end, or was longer than anybody cares. */
  readonly isWhole: boolean;
}

export interface Post {
  readonly url: URL;
  readonly agent: Agent;
  readonly proxy: Proxy | undefined;
  /** That the whole exchange has, in milliseconds: what the attempts at single addresses are measured by. */
  readonly timeoutMs: number;
  readonly tls: TlsMaterial;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Gives up the request, and the connection with it. */
  readonly signal: AbortSignal;
}

const keptBytes = 2_048;

/** What is longer than this is not read to its end; the connection is closed. */
const drainedBytes = 65_536;

/** Rejects with the system's or Node's error where there was no answer. Redirects are not followed. */
export async function post(asked: Post): Promise<Exchange> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = begin(asked, resolve);
    request.on('error', reject);
    refuseUpgrade(request, reject);
    request.end(asked.body);
  });
  return { status: response.statusCode ?? 0, headers: response.headers, ...(await readAnswer(response)) };
}

function begin(asked: Post, onAnswer: (response: IncomingMessage) => void): ClientRequest {
  const { url, agent, proxy, timeoutMs, tls, headers, signal } = asked;
  const options = { ...addressSelection(timeoutMs), method: 'POST', agent, headers, signal };
  if (url.protocol === 'https:') {
    const verified = { rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const;
    return httpsRequest(
      url,
      { ...options, ...tls, ...verified, tunnelSignal: signal, timeoutMs } as RequestOptions,
      onAnswer,
    );
  }
  if (proxy === undefined) return httpRequest(url, options, onAnswer);
  const { host, port, authorization } = proxy;
  const toProxy = authorization === undefined ? {} : { 'proxy-authorization': authorization };
  return httpRequest(
    { ...options, host, port, path: url.href, headers: { ...headers, host: url.host, ...toProxy } },
    onAnswer,
  );
}

async function readAnswer(response: IncomingMessage): Promise<Pick<Exchange, 'said' | 'isCut' | 'isWhole'>> {
  const kept: Buffer[] = [];
  let bytes = 0;
  let isWhole = true;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (bytes < keptBytes) kept.push(chunk);
      bytes += chunk.length;
      if (bytes > drainedBytes) break;
    }
  } catch {
    isWhole = false;
  }
  const said = Buffer.concat(kept).toString('utf8', 0, keptBytes);
  return { said, isCut: bytes > keptBytes || !isWhole, isWhole };
}
