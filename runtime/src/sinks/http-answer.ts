/** Sorts what an HTTP server did into answers of a sink. */
import { STATUS_CODES } from 'node:http';
import type { HttpSinkSettings } from '../contract/sink-settings.ts';
import type { Answer } from '../delivery/sink.ts';
import { networkReason } from '../support/agents.ts';
import { inertText } from '../support/inert-text.ts';
import type { Exchange } from './http-exchange.ts';
import { ProxyRefusal } from './tunnel-agent.ts';

/** A server may ask for hours, for which no position lives in the API server's history. */
const longestRetryAfterMs = 60_000;

export interface AnswerContext {
  /** Whom the request went to, without what may be secret in its URL. */
  readonly server: string;
  /** What it said, as it may stand in a log. */
  readonly quoted: (exchange: Exchange) => string;
  /** A text without the secrets. */
  readonly hidden: (text: string) => string;
  /** Milliseconds since 1970, for a Retry-After that is a date. */
  readonly wallTime: number;
  readonly onConflict: HttpSinkSettings['onConflict'];
  /** Whether a client certificate is shown to whoever asks for one. */
  readonly hasCertificate: boolean;
}

export function answerOf(exchange: Exchange, context: AnswerContext): Answer {
  const { server, quoted, hidden, wallTime, onConflict } = context;
  const { status, headers, isWhole } = exchange;
  const answered = `${server} answered ${named(status)}`;
  if (status >= 200 && status < 300) {
    return isWhole ? { kind: 'accepted' } : { kind: 'retry', reason: `${answered}, but its answer broke off` };
  }
  if (status === 409 && onConflict === 'accept') return { kind: 'accepted' };
  if (status >= 300 && status < 400)
    return {
      kind: 'misconfigured',
      reason: `${answered}: redirects${hidden(targetOf(headers.location))} are not followed, set the URL that it wants`,
    };
  const quote = quoted(exchange);
  const ofCertificate = certificateRemedy(exchange, context);
  const remedy = ofCertificate ?? remedies.get(status);
  const said = quote === '' ? answered : `${answered}: ${quote}`;
  const reason = remedy === undefined ? said : `${said} (${remedy})`;
  const kind = ofCertificate === undefined ? kindOf(status) : 'misconfigured';
  return kind === 'retry' ? { kind, reason, ...retryAfter(headers, wallTime) } : { kind, reason };
}

function named(status: number): string {
  return [status, STATUS_CODES[status]].filter(Boolean).join(' ');
}

function kindOf(status: number): 'refused' | 'retry' | 'misconfigured' {
  if ([400, 413, 422].includes(status)) return 'refused';
  return [408, 409, 429].includes(status) || status >= 500 ? 'retry' : 'misconfigured';
}

const remedies: ReadonlyMap<number, string> = new Map([
  [401, 'the credentials were not accepted: see that the header and its secret are right'],
  [403, 'the credentials do not allow it: see that the header and its secret are right'],
  [404, 'there is nothing at this URL: see that its path is right'],
  [405, 'nothing can be posted to this URL: see that its path is right'],
  [407, 'the proxy wants credentials: set proxy to a URL with user and password, from a file or a variable'],
  [409, 'set onConflict to accept if this server answers so when it has stored the batch already'],
  [415, 'the format is not understood: see that format, contentType and gzip are right'],
]);

/** What nginx says, with the status of a batch that is not wanted. */
function certificateRemedy({ status, said }: Exchange, { hasCertificate }: AnswerContext): string | undefined {
  if (status !== 400) return undefined;
  if (/no required ssl certificate was sent/i.test(said))
    return hasCertificate ? certificateRefused : certificateWanted;
  return /the ssl certificate error/i.test(said) ? certificateRefused : undefined;
}

const certificateWanted = 'the server asks for a client certificate: set cert and key';
const certificateRefused =
  'the server does not accept the client certificate: see that cert and key are those that it expects, and that they have not expired';

/** No answer at all, or none in time. Anything that is no failure of the network is a defect, and is thrown. */
export function failureOf(error: unknown, { server, hidden, hasCertificate }: AnswerContext): Answer {
  if (error instanceof ProxyRefusal) return proxyRefused(error, server, hidden);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (!(error instanceof Error) || code === undefined) throw error;
  const reason = `no answer from ${server}: ${hidden(networkReason(error))}`;
  const remedy = remedyOf(code, error.message, hasCertificate);
  return remedy === undefined ? { kind: 'retry', reason } : { kind: 'misconfigured', reason: `${reason} (${remedy})` };
}

function proxyRefused({ status, message }: ProxyRefusal, server: string, hidden: (text: string) => string): Answer {
  const reason = `no answer from ${server}: the proxy answered ${inertText(hidden(message), 200)}`;
  if (kindOf(status) === 'retry') return { kind: 'retry', reason };
  const remedy = status === 407 ? remedies.get(407) : 'see that the proxy lets through to this server and port';
  return { kind: 'misconfigured', reason: `${reason} (${remedy})` };
}

/** What somebody has to change where a connection cannot be trusted, or is not one of TLS at all. */
function remedyOf(code: string, message: string, hasCertificate: boolean): string | undefined {
  if (!untrusted.test(code)) return undefined;
  // TLS 1.2 and 1.3 fail at other moments, of which Node gives only one a code of its own.
  const [, alert] =
    /\balert (handshake failure|certificate|bad certificate|unsupported certificate|unknown ca)\b/i.exec(message) ?? [];
  if (alert !== undefined && hasCertificate) return certificateRefused;
  if (alert === 'handshake failure') return 'the server may ask for a client certificate: set cert and key then';
  return alert === undefined
    ? 'see that the URL is right, and set ca if the server has an authority of its own'
    : certificateWanted;
}

/** Node's and OpenSSL's names. */
const untrusted =
  /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_|INVALID_)/;

/** The server alone: the rest of a location may repeat what is secret in ours. */
function targetOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? ` to ${new URL(location).origin}` : '';
}

function retryAfter(headers: Exchange['headers'], wallTime: number): { readonly afterMs?: number } {
  const { 'retry-after': asked, date } = headers;
  if (asked === undefined) return {};
  const said = Date.parse(date ?? '');
  const now = Number.isNaN(said) ? wallTime : said;
  const ms = /^[0-9]+$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - now;
  return ms > 0 ? { afterMs: Math.min(ms, longestRetryAfterMs) } : {};
}
