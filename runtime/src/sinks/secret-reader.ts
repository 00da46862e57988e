/**
 * Secrets of a sink, by the places that its settings name. A file is read again at least once a minute, and at once when it was forgotten; a
 * variable is read from the environment of the start, because a process cannot be given a new one.
 */
import { readFile } from 'node:fs/promises';
import { isHeaderText, type SecretPlace } from '../contract/http-headers.ts';
import type { Clock } from '../support/clock.ts';
import { isSystemError, systemErrorName } from './system-error.ts';

/** Either the secret, or why there is none; never a secret in the reason. */
export type SecretReading = { readonly text: string } | { readonly problem: string };

export interface SecretReaderOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

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
  problemOf(place: SecretPlace): string | undefined {
    if ('file' in place) return undefined;
    const problem = secretProblem(this.#options.environment[place.env] ?? '');
    return problem === undefined ? undefined : `${nameOf(place)} ${problem}`;
  }

  /** The next reading looks at the files. */
  forget(): void {
    this.#files.clear();
  }

  async read(place: SecretPlace): Promise<SecretReading> {
    const found = 'file' in place ? await this.#file(place.file) : { text: this.#options.environment[place.env] ?? '' };
    if ('problem' in found) return found;
    const text = found.text.trim();
    const problem = secretProblem(text);
    if (problem !== undefined) return { problem: `${nameOf(place)} ${problem}` };
    if ('file' in place && !this.#files.has(place.file))
      this.#files.set(place.file, { text, readAt: this.#options.clock.now() });
    this.#remember(nameOf(place), text);
    return { text };
  }

  async #file(file: string): Promise<SecretReading> {
    const known = this.#files.get(file);
    if (known !== undefined && this.#options.clock.now() - known.readAt < rereadMs) return known;
    this.#files.delete(file);
    try {
      return { text: await readFile(file, 'utf8') };
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return { problem: `cannot read ${nameOf({ file })}: ${systemErrorName(error)}` };
    }
  }

  #remember(place: string, secret: string): void {
    const others = (this.#remembered.get(place) ?? []).filter((known) => known !== secret);
    this.#remembered.set(place, [secret, ...others].slice(0, rememberedSecrets));
  }
}

export function nameOf(place: SecretPlace): string {
  return 'file' in place ? `the file ${place.file}` : `the environment variable ${place.env}`;
}

function secretProblem(found: string): string | undefined {
  if (found.trim() === '') return 'is empty, or not there';
  return isHeaderText(found.trim()) ? undefined : 'holds characters that no header may have';
}
