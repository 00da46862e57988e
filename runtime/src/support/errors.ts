/**
 * The closed set of failures that the loops tell apart. Raw errors become one of these once, at the edges (an API answer, a socket, a
 * settings file); expected outcomes such as "somebody else leads" are return values instead.
 */
export type ErrorCode =
  /** 410: the position is no longer in the server's history. */
  | 'API_EXPIRED'
  /** 429. */
  | 'API_THROTTLED'
  /** No answer, or 5xx: the request may or may not have been applied. */
  | 'API_UNAVAILABLE'
  /** 409. */
  | 'API_CONFLICT'
  /** 401 or 403. */
  | 'API_FORBIDDEN'
  /** 404. */
  | 'API_NOT_FOUND'
  /** Any other refusal (400, 405, 413, 422 and what is not listed). */
  | 'API_REFUSED'
  /** A stream that had been accepted was cut, or carried something unreadable or an ERROR frame. */
  | 'API_BROKEN'
  /** The term in whose name something should have been done is over. */
  | 'TERM_OVER'
  /** Somebody who leads by another lock has claimed the token. */
  | 'TOKEN_CLAIMED'
  /** Settings that cannot be used. */
  | 'SETTINGS_INVALID';

export interface ErrorDetails {
  readonly cause?: unknown;
  /** What the reader should do about it. */
  readonly hint?: string;
  /** From `Retry-After`. */
  readonly retryAfterMs?: number;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** 410 on a page of a list: the token with which the (inconsistent) rest can be had. */
  readonly continueToken?: string;
}

/** Thrown for every expected failure. The message says what was tried and what answered; `hint` says what to do. */
export class CollectorError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CollectorError';
    this.code = code;
    this.details = details;
  }
}

export function isCollectorError(error: unknown, ...codes: readonly ErrorCode[]): error is CollectorError {
  return error instanceof CollectorError && (codes.length === 0 || codes.includes(error.code));
}
