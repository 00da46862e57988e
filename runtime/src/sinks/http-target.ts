/** Where an http sink sends to: a URL of the settings, or one that is a secret. */
import { urlProblem } from '../contract/http-url.ts';
import type { SecretPlace } from '../contract/secret-place.ts';
import { secretPartsOf, secretsOf } from './redaction.ts';
import { nameOf, type Problem, type SecretReader } from './secret-reader.ts';

export interface HttpTarget {
  readonly url: URL;
  /** Names the server in messages, without what may be secret. */
  readonly label: string;
}

export class TargetSource {
  readonly #given: string | SecretPlace;
  readonly #secrets: SecretReader;
  /** Those that were rotated away, too: a server may still speak of them. */
  #urls: readonly URL[] = [];

  constructor(given: string | SecretPlace, secrets: SecretReader) {
    this.#given = given;
    this.#secrets = secrets;
  }

  /** Parts of URLs that must not be shown. */
  get secrets(): readonly string[] {
    return this.#urls.flatMap(typeof this.#given === 'string' ? secretsOf : secretPartsOf);
  }

  get problems(): readonly string[] {
    const problem = typeof this.#given === 'string' ? undefined : this.#secrets.problemOf(this.#given, urlProblem);
    return problem === undefined ? [] : [`url: ${problem}`];
  }

  async read(): Promise<HttpTarget | Problem> {
    if (typeof this.#given === 'string') {
      const url = this.#remember(this.#given);
      return { url, label: url.origin };
    }
    const secret = await this.#secrets.read(this.#given, urlProblem);
    if ('problem' in secret) return { problem: `url: ${secret.problem}` };
    return { url: this.#remember(secret.text), label: `the server of the URL in ${nameOf(this.#given)}` };
  }

  #remember(text: string): URL {
    const url = new URL(text);
    if (this.#urls[0]?.href !== url.href) this.#urls = [url, ...this.#urls].slice(0, 4);
    return url;
  }
}
