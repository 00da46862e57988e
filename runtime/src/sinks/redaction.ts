import { inertText } from '../support/inert-text.ts';

const mask = '***';

/** How much of what a server said is shown, in characters. */
const shownLength = 300;

/**
 * What a server said, as it may stand in a log: inert, short, without the secrets.
 *
 * Not promised: that a secret is found which the server has encoded in a way of its own.
 *
 * @param isCut whether more followed: then the end may be the beginning of a secret
 */
export function quotable(said: string, secrets: Iterable<string>, isCut: boolean): string {
  let text = said;
  for (const secret of longestFirst(secrets)) {
    text = text.replaceAll(secret, mask);
    if (isCut) text = text.slice(0, text.length - beginningAtEnd(text, secret));
  }
  return inertText(text, shownLength).trim();
}

/** One that contains another would otherwise be shown in part. */
function longestFirst(secrets: Iterable<string>): readonly string[] {
  return [...secrets].filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
}

/** The length of the longest beginning of `secret` with which `text` ends. */
function beginningAtEnd(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length > 0; length -= 1)
    if (text.endsWith(secret.slice(0, length))) return length;
  return 0;
}

/** Parts of a URL that are as good as a secret: values of its query, and the long steps of a web hook's path. */
export function secretsOf(url: URL): readonly string[] {
  const steps = url.pathname.split('/').filter((step) => step.length >= longStep);
  const values = [...url.searchParams.values()];
  return [url.search, ...steps, ...values, ...values.map(encodeURIComponent)].filter((part) => part.length >= 4);
}

const longStep = 16;
