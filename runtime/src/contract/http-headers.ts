/** Headers that a person may add to the requests of a sink. Secrets are named here, never written. */

import { placeProblems, type SecretPlace } from './secret-place.ts';

export type Secret = SecretPlace & { readonly prefix?: string };

export type HeaderValue = string | Secret;

/** What the sink sets itself, or leaves to the connection; in small letters. */
export const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

export const headerName = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/;

/** In small letters. */
export const secretNames = /^(?:proxy-)?authorization$|^cookie$|api-?key|token|secret|password/;

const shapes = 'must be text, {"file": PATH} or {"env": NAME}, the latter two with a "prefix" if need be';

/** What is wrong with one header, as sentences without its value. */
export function headerProblems(name: string, value: unknown): readonly string[] {
  const lower = name.toLowerCase();
  if (!headerName.test(name)) return ['is not the name of a header'];
  if (lower === 'content-type') return ['is set by the sink itself: use the option contentType'];
  if (ownHeaders.has(lower)) return ['is set by the sink itself'];
  if (typeof value !== 'string') return secretProblems(value);
  if (!isHeaderText(value)) return ['holds characters that no header may have'];
  return secretNames.test(lower)
    ? ['must be {"file": PATH} or {"env": NAME}: a secret is never written into the settings']
    : [];
}

/** Printable, and in one line: what follows a line break would be another header. */
export function isHeaderText(text: string): boolean {
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(text);
}

function secretProblems(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [shapes];
  const { prefix, ...place } = value as Readonly<Record<string, unknown>>;
  const problems = placeProblems(place, shapes);
  if (problems.length > 0) return problems;
  return prefix === undefined || (typeof prefix === 'string' && isHeaderText(prefix))
    ? []
    : ['its prefix must be text'];
}
