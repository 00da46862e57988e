/** Answers that are no success become a CollectorError here, and only here. No error holds a request's body or credentials. */
import { STATUS_CODES } from 'node:http';
import { member } from '../collection/raw-event.ts';
import { missingRule } from '../contract/access.ts';
import { networkReason } from '../support/agents.ts';
import { CollectorError, type ErrorCode, type ErrorDetails, isCollectorError } from '../support/errors.ts';
import type { Connection } from './connection.ts';
import { describe, type Subject } from './subject.ts';

export interface Refusal {
  readonly status: number;
  readonly retryAfter?: string | undefined;
  /** The parsed body: a Status where the API server itself answered. */
  readonly body: unknown;
  /** API-server time, for a Retry-After that is a date. */
  readonly time: number;
}

type Server = Pick<Connection, 'host' | 'port'>;

/** An API server asks for seconds; what stands before it may ask for days, for which no position in the history lives. */
const longestRetryAfterMs = 60_000;

export function statusError(subject: Subject, refusal: Refusal): CollectorError {
  const { status, body } = refusal;
  const details: ErrorDetails = { status, ...retryAfterOf(refusal), ...continueOf(body), ...hintOf(subject, status) };
  return new CollectorError(codeOf(status), `${describe(subject)}: ${sayStatus(status, body)}`, details);
}

/** An ERROR frame of a watch: a Status in a stream that was answered with 200. */
export function frameError(subject: Subject, object: unknown): CollectorError {
  const code = member(object, 'code');
  const reason = member(object, 'reason');
  const expired = code === 410 || reason === 'Expired' || reason === 'Gone';
  const status = typeof code === 'number' ? code : 0;
  const message = `${describe(subject)}: the stream said ${sayStatus(status, object)}`;
  return new CollectorError(expired ? 'API_EXPIRED' : 'API_BROKEN', message, { status });
}

/** No answer at all: the request may or may not have been applied. */
export function noAnswer(subject: Subject, { host, port }: Server, cause: unknown): CollectorError {
  const message = `${describe(subject)}: no answer from ${host} port ${port}: ${reasonOf(cause)}`;
  const hint = isCollectorError(cause) ? cause.details.hint : undefined;
  return new CollectorError('API_UNAVAILABLE', message, { cause, ...(hint === undefined ? {} : { hint }) });
}

/** An answer that was cut, was no JSON or was too large (API_BROKEN): the request may or may not have been applied. */
export function unusableAnswer(subject: Subject, server: Server, cause: unknown): CollectorError {
  return isCollectorError(cause, 'API_BROKEN')
    ? new CollectorError('API_BROKEN', `${describe(subject)}: ${cause.message}`, { cause })
    : noAnswer(subject, server, cause);
}

/** Servers and what stands before them are not trusted with our log: what acts on a terminal is taken out, the length limited. */
export function plain(text: string): string {
  // biome-ignore format: one range per kind
  return text.slice(0, 2_000).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim().slice(0, 500);
}

function sayStatus(status: number, body: unknown): string {
  const message = member(body, 'message') ?? member(body, 'reason');
  const name = [status, STATUS_CODES[status]].filter(Boolean).join(' ');
  return [name, plain(typeof message === 'string' ? message : '')].filter((part) => part !== '').join(': ');
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return plain(String(cause));
  return plain(networkReason(cause));
}

function codeOf(status: number): ErrorCode {
  switch (status) {
    case 401:
    case 403:
      return 'API_FORBIDDEN';
    case 404:
      return 'API_NOT_FOUND';
    case 409:
      return 'API_CONFLICT';
    case 410:
      return 'API_EXPIRED';
    case 429:
      return 'API_THROTTLED';
    default:
      return status >= 500 || status === 408 ? 'API_UNAVAILABLE' : 'API_REFUSED';
  }
}

function hintOf({ verb, resource, namespace, name, granted }: Subject, status: number): ErrorDetails {
  if (status === 401)
    return {
      hint: 'the credentials were not accepted; they are read anew before the next request, see that they are valid',
    };
  if (status !== 403) return {};
  const where = granted === 'cluster-wide' ? undefined : namespace;
  return { hint: missingRule(verb, resource, where, verb === 'create' ? undefined : name) };
}

function retryAfterOf({ retryAfter, time }: Refusal): ErrorDetails {
  if (retryAfter === undefined) return {};
  const ms = /^[0-9]+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - time;
  return ms > 0 ? { retryAfterMs: Math.min(ms, longestRetryAfterMs) } : {};
}

/** An expired page of a list offers the rest in its metadata. */
function continueOf(body: unknown): ErrorDetails {
  const token = member(member(body, 'metadata'), 'continue');
  return typeof token === 'string' && token !== '' ? { continueToken: token } : {};
}
