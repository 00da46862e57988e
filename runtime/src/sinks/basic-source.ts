/** The header of Basic authentication, from a username and a password that may each be a secret. */
import { isUsername } from '../contract/http-sink-settings.ts';
import type { HttpSinkSettings } from '../contract/sink-settings.ts';
import type { Problem, Rule, SecretReader } from './secret-reader.ts';

export class BasicSource {
  readonly #settings: HttpSinkSettings['basic'];
  readonly #reader: SecretReader;
  /** What was sent, latest first. */
  #sent: readonly string[] = [];

  constructor(settings: HttpSinkSettings['basic'], reader: SecretReader) {
    this.#settings = settings;
    this.#reader = reader;
  }

  /** Username and password as they are sent together. */
  get secrets(): readonly string[] {
    return this.#sent;
  }

  /** What is wrong with the variables, which only another start can mend. */
  get problems(): readonly string[] {
    if (this.#settings === undefined) return [];
    const { username, password } = this.#settings;
    const ofUser = typeof username === 'string' ? undefined : this.#reader.problemOf(username, usernameRule);
    const ofPassword = this.#reader.problemOf(password, passwordRule);
    return [
      ...(ofUser === undefined ? [] : [`basic.username: ${ofUser}`]),
      ...(ofPassword === undefined ? [] : [`basic.password: ${ofPassword}`]),
    ];
  }

  async read(): Promise<{ readonly headers: Readonly<Record<string, string>> } | Problem> {
    if (this.#settings === undefined) return { headers: {} };
    const { username, password } = this.#settings;
    const user = typeof username === 'string' ? { text: username } : await this.#reader.read(username, usernameRule);
    if ('problem' in user) return { problem: `basic.username: ${user.problem}` };
    const word = await this.#reader.read(password, passwordRule);
    if ('problem' in word) return { problem: `basic.password: ${word.problem}` };
    const credentials = `${user.text}:${word.text}`;
    this.#sent = [...new Set([credentials, ...this.#sent])].slice(0, 4);
    return { headers: { authorization: basicAuthorization(credentials) } };
  }
}

/** @param credentials username and password, with a colon between them */
export function basicAuthorization(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

const usernameRule: Rule = (secret) =>
  isUsername(secret) ? undefined : "holds a ':' or characters that no username may have";

/** Whatever else it is made of, as UTF-8. */
const passwordRule: Rule = (secret) => (/\p{Cc}/u.test(secret) ? 'holds control characters' : undefined);
