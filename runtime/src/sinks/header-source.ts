/** The headers of a sink's requests, with the secrets in them. */
import type { HeaderValue, Secret } from '../contract/http-headers.ts';
import { headerRule, type Rule, type SecretReader } from './secret-reader.ts';

export type Headers = Readonly<Record<string, string>>;

/** Either the headers, or why there are none; never a secret in the reason. */
export type HeaderReading = { readonly headers: Headers } | { readonly problem: string };

export class HeaderSource {
  readonly #headers: Readonly<Record<string, HeaderValue>>;
  readonly #secrets: SecretReader;

  constructor(headers: Readonly<Record<string, HeaderValue>>, secrets: SecretReader) {
    this.#headers = headers;
    this.#secrets = secrets;
  }

  /** What is wrong with the variables, which only another start can mend. */
  get problems(): readonly string[] {
    return Object.entries(this.#headers).flatMap(([name, value]) => {
      const problem = typeof value === 'string' ? undefined : this.#secrets.problemOf(value, ruleOf(value));
      return problem === undefined ? [] : [`header ${name}: ${problem}`];
    });
  }

  async read(): Promise<HeaderReading> {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.#headers)) {
      const secret = typeof value === 'string' ? { text: value } : await this.#secrets.read(value, ruleOf(value));
      if ('problem' in secret) return { problem: `header ${name}: ${secret.problem}` };
      headers[name] = typeof value === 'string' ? value : `${value.prefix ?? ''}${secret.text}`;
    }
    return { headers };
  }
}

/** Base64 has no colon: a server would answer 401, and nobody would know why. */
function ruleOf({ prefix = '' }: Secret): Rule {
  if (prefix.trim().toLowerCase() !== 'basic') return headerRule;
  return (secret) =>
    secret.includes(':')
      ? 'holds a username and a password that are not encoded: use the option basic instead of this header'
      : headerRule(secret);
}
