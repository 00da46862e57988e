/**
 * Secrets of a sink, by the places that its settings name. A file is read again at least once a minute, and at once when it was forgotten; a
 * variable is read from the environment of the start, because a process cannot be given a new one.
 */
import { readFile } from 'node:fs/promises';
import { isHeaderText } from '../contract/http-headers.ts';
import type { SecretPlace } from '../contract/secret-place.ts';
import type { Clock } from '../support/clock.ts';
import { isSystemError, systemErrorName } from './system-error.ts';

export interface Problem {
  /** Why there is none; never a secret in it. */
  readonly problem: string;
}

export type SecretReading = { readonly text: string } | Problem;

export interface SecretReaderOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** What is wrong with a secret, without it, as what follows the name of its place. */
export type Rule = (secret: string) => string | undefined;

const rereadMs = 60_000;

/** Of one place. Secrets that were rotated away may still be in the answers of a server. */
const rememberedSecrets = 4;

export class SecretReader {
  readonly #options: SecretReaderOptions;
  readonly #remembered = new Map<string, readonly string[]>();
  readonly #files = new Map<string, { readonly text: string; readonly readAt: number }>();

  constructor(options: SecretReaderOptions) {
    this.#options = options;
  }

  /** Every secret that was read, for redaction. */
  get secrets(): readonly string[] {
    return [...this.#remembered.values()].flat();
  }

  /** What is wrong with a variable, which only another start can mend. */
  problemOf(place: SecretPlace, rule: Rule = headerRule): string | undefined {
    if ('file' in place) return undefined;
    const problem = problemOf(this.#variable(place.env), rule);
    return problem === undefined ? undefined : `${nameOf(place)} ${problem}`;
  }

  /** The next reading looks at the files. */
  forget(): void {
    this.#files.clear();
  }

  async read(place: SecretPlace, rule: Rule = headerRule): Promise<SecretReading> {
    const found = 'file' in place ? await this.#file(place.file) : { text: this.#variable(place.env) };
    if ('problem' in found) return found;
    const problem = problemOf(found.text, rule);
    if (problem === undefined) this.#remember(nameOf(place), found.text);
    else if ('file' in place) this.#files.delete(place.file);
    return problem === undefined ? found : { problem: `${nameOf(place)} ${problem}` };
  }

  #variable(name: string): string {
    return (this.#options.environment[name] ?? '').trim();
  }

  async #file(file: string): Promise<SecretReading> {
    const known = this.#files.get(file);
    if (known !== undefined && this.#options.clock.now() - known.readAt < rereadMs) return known;
    const read = await contentOf(file);
    if ('problem' in read) return read;
    const text = read.text.trim();
    this.#files.set(file, { text, readAt: this.#options.clock.now() });
    return { text };
  }

  #remember(place: string, secret: string): void {
    const others = (this.#remembered.get(place) ?? []).filter((known) => known !== secret);
    this.#remembered.set(place, [secret, ...others].slice(0, rememberedSecrets));
  }
}

export async function contentOf(file: string): Promise<SecretReading> {
  try {
    return { text: await readFile(file, 'utf8') };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { problem: `cannot read ${nameOf({ file })}: ${systemErrorName(error)}` };
  }
}

export function nameOf(place: SecretPlace): string {
  return 'file' in place ? `the file ${place.file}` : `the environment variable ${place.env}`;
}

function problemOf(secret: string, rule: Rule): string | undefined {
  return secret === '' ? 'is empty, or not there' : rule(secret);
}

export const headerRule: Rule = (secret) =>
  isHeaderText(secret) ? undefined : 'holds characters that no header may have';
