/** Which proxy a request goes through: that of the settings, else that of the environment. */
import { noProxy } from '../contract/http-sink-settings.ts';
import { proxyProblem } from '../contract/http-url.ts';
import type { SecretPlace } from '../contract/secret-place.ts';
import { basicAuthorization } from './basic-source.ts';
import { type Environment, proxyVariable } from './proxy-environment.ts';
import type { Problem, SecretReader } from './secret-reader.ts';

export interface Proxy {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Proxy-Authorization. */
  readonly authorization: string | undefined;
  /** For messages. */
  readonly label: string;
}

export class ProxySource {
  readonly #given: string | SecretPlace | undefined;
  readonly #secrets: SecretReader;
  readonly #environment: Environment;
  #credentials: readonly string[] = [];

  constructor(given: string | SecretPlace | undefined, secrets: SecretReader, environment: Environment) {
    this.#given = given;
    this.#secrets = secrets;
    this.#environment = environment;
  }

  /** Users and passwords of proxies. */
  get secrets(): readonly string[] {
    return this.#credentials;
  }

  /** What is wrong with the variables, which only another start can mend. @param target undefined if only the reading of it will say */
  problems(target: URL | undefined): readonly string[] {
    if (typeof this.#given === 'object') {
      const problem = this.#secrets.problemOf(this.#given, secretRule);
      return problem === undefined ? [] : [`proxy: ${problem}`];
    }
    const found = target === undefined || this.#given !== undefined ? undefined : this.#ofEnvironment(target);
    return found !== undefined && 'problem' in found ? [found.problem] : [];
  }

  async read(target: URL): Promise<Proxy | undefined | Problem> {
    if (this.#given === noProxy) return undefined;
    if (this.#given === undefined) return this.#ofEnvironment(target);
    if (typeof this.#given === 'string') return this.#proxy(this.#given);
    const secret = await this.#secrets.read(this.#given, secretRule);
    return 'problem' in secret ? { problem: `proxy: ${secret.problem}` } : this.#proxy(secret.text);
  }

  #ofEnvironment(target: URL): Proxy | undefined | Problem {
    const found = proxyVariable(target, this.#environment);
    if (found === undefined) return undefined;
    const text = found.text.includes('://') ? found.text : `http://${found.text}`;
    const problem = proxyProblem(text, true);
    return problem === undefined
      ? this.#proxy(text)
      : { problem: `the environment variable ${found.name} ${problem}; set proxy: ${noProxy} to use none` };
  }

  #proxy(text: string): Proxy {
    const { hostname, port, username, password, origin } = new URL(text);
    const [user, word] = [decoded(username), decoded(password)];
    if (user !== '' || word !== '')
      this.#credentials = [...new Set([`${user}:${word}`, word, user, username, password, ...this.#credentials])]
        .filter((part) => part !== '')
        .slice(0, 20);
    return {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? 80 : Number(port),
      authorization: user === '' && word === '' ? undefined : basicAuthorization(`${user}:${word}`),
      label: origin,
    };
  }
}

function secretRule(text: string): string | undefined {
  return proxyProblem(text, true);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
