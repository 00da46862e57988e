import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { ClientConnection, Upstream } from './client-connection.ts';

export interface Question {
  readonly sent: ClientRequest;
  /** Undefined where the server gives none. */
  readonly answer: Promise<IncomingMessage | undefined>;
}

/** Passes a request on as it came. @param body what was read of it already; undefined: it is streamed */
export function ask(
  { url }: Upstream,
  connection: ClientConnection,
  request: IncomingMessage,
  body: Buffer | undefined,
): Question {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const sent = send({
    agent: connection.agent,
    host: url.hostname,
    port: url.port,
    method: request.method,
    path: request.url,
    headers: request.rawHeaders,
  });
  connection.follow(sent);
  const answer = new Promise<IncomingMessage | undefined>((resolve) => {
    sent.once('response', resolve);
    sent.on('error', () => resolve(undefined));
    sent.once('close', () => resolve(undefined));
  });
  if (body === undefined)
    void pipeline(request, sent).catch(() => undefined); // it may answer before it has read all
  else sent.end(body);
  return { sent, answer };
}
