/** Sorts what an HTTP server did into answers of a sink. */
import { STATUS_CODES } from 'node:http';
import type { HttpSinkSettings } from '../contract/sink-settings.ts';
import type { Answer } from '../delivery/sink.ts';
import { networkReason } from '../support/agents.ts';
import type { Exchange } from './http-exchange.ts';

/** A server may ask for hours, for which no position lives in the API server's history. */
const longestRetryAfterMs = 60_000;

export interface AnswerContext {
  /** Whom the request went to, without what may be secret in its URL. */
  readonly server: string;
  /** What it said, as it may stand in a log. */
  readonly quoted: () => string;
  /** A text without the secrets. */
  readonly hidden: (text: string) => string;
  /** Milliseconds since 1970, for a Retry-After that is a date. */
  readonly wallTime: number;
  readonly onConflict: HttpSinkSettings['onConflict'];
}

export function answerOf(exchange: Exchange, context: AnswerContext): Answer {
  const { server, quoted, hidden, wallTime, onConflict } = context;
  const { status, headers, isWhole } = exchange;
  const said = `${server} answered ${[status, STATUS_CODES[status]].filter(Boolean).join(' ')}`;
  if (status >= 200 && status < 300) {
    return isWhole ? { kind: 'accepted' } : { kind: 'retry', reason: `${said}, but its answer broke off` };
  }
  if (status >= 300 && status < 400)
    return {
      kind: 'misconfigured',
      reason: `${said}: redirects${hidden(targetOf(headers.location))} are not followed, set the URL that it wants`,
    };
  if (status === 409 && onConflict === 'accept') return { kind: 'accepted' };
  const quote = quoted();
  const reason = quote === '' ? said : `${said}: ${quote}`;
  switch (status) {
    case 400:
    case 413:
    case 422:
      return { kind: 'refused', reason };
    case 408:
    case 409:
    case 429:
      return { kind: 'retry', reason: `${reason}${remedies.get(status) ?? ''}`, ...retryAfter(headers, wallTime) };
    default:
      return status >= 500
        ? { kind: 'retry', reason, ...retryAfter(headers, wallTime) }
        : { kind: 'misconfigured', reason: `${reason}${remedies.get(status) ?? ''}` };
  }
}

const remedies: ReadonlyMap<number, string> = new Map([
  [401, ' (the credentials were not accepted: see that the header and its secret are right)'],
  [403, ' (the credentials do not allow it: see that the header and its secret are right)'],
  [404, ' (there is nothing at this URL: see that its path is right)'],
  [405, ' (nothing can be posted to this URL: see that its path is right)'],
  [409, ' (set onConflict to accept if this server answers so when it has stored the batch already)'],
  [415, ' (the format is not understood: see that format and gzip are right)'],
]);

/** No answer at all, or none in time. Anything that is no failure of the network is a defect, and is thrown. */
export function failureOf(error: unknown, server: string): Answer {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (!(error instanceof Error) || code === undefined) throw error;
  const reason = `no answer from ${server}: ${networkReason(error)}`;
  return untrusted.test(code)
    ? {
        kind: 'misconfigured',
        reason: `${reason} (see that the URL is right, and set ca if the server has an authority of its own)`,
      }
    : { kind: 'retry', reason };
}

/** Node's and OpenSSL's names for a connection that cannot be trusted, or is not one of TLS at all. */
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
