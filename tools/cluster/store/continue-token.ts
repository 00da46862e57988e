/** Where a list goes on. Source of the form: kubernetes/apiserver v0.36 `pkg/storage/continue.go`. */
import { isObject } from './object.ts';
import { badRequest } from './status.ts';

export interface ContinueToken {
  /** Of the snapshot that all pages show; -1: of whatever is there now, after that snapshot is gone. */
  readonly revision: number;
  /** The first key that is still to be told, behind the collection's prefix. */
  readonly start: string;
}

const version = 'meta.k8s.io/v1';

export function encodeContinue({ revision, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: version, rv: revision, start })).toString('base64url');
}

/** The token for everything behind a key. */
export function continueBehind(key: string, prefix: string, revision: number): string {
  return encodeContinue({ revision, start: `${key.slice(prefix.length)}\u0000` });
}

export function decodeContinue(text: string): ContinueToken {
  const token = parse(Buffer.from(text, 'base64url').toString());
  if (!isObject(token) || token['v'] !== version) throw unusable('server does not recognize this encoded version');
  const { rv, start } = token;
  if (typeof rv !== 'number' || !Number.isInteger(rv) || rv === 0)
    throw unusable('incorrect encoded start resourceVersion');
  if (typeof start !== 'string' || start === '') throw unusable('encoded start key empty');
  return { revision: rv, start };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw unusable('it is no JSON');
    throw error;
  }
}

function unusable(why: string): Error {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
