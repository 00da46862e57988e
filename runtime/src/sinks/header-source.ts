/**
 * The headers of a sink's requests, with the secrets in them. A file is read again at least once a minute, and at once when it was forgotten; a
 * variable is read once, for a process cannot be given a new one.
 */
import { readFile } from 'node:fs/promises';
import { type HeaderValue, isHeaderText, type Secret } from '../contract/http-headers.ts';
import type { Clock } from '../support/clock.ts';
import { isSystemError, systemErrorName } from './system-error.ts';

export type Headers = Readonly<Record<string, string>>;

/** Either the headers, or why there are none; never a secret in the reason. */
export type HeaderReading = { readonly headers: Headers } | { readonly problem: string };

export interface HeaderSourceOptions {
  readonly headers: Readonly<Record<string, HeaderValue>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

const rereadMs = 60_000;

/** Secrets that were rotated away may still be in the answers of a server: so many are known. */
const rememberedSecrets = 20;

export class HeaderSource {
  readonly #options: HeaderSourceOptions;
  readonly #secrets = new Set<string>();
  #known: { readonly headers: Headers; readonly readAt: number } | undefined;

  constructor(options: HeaderSourceOptions) {
    this.#options = options;
  }

  /** Every secret that was read, for redaction. */
  get secrets(): ReadonlySet<string> {
    return this.#secrets;
  }

  /** What is wrong with the variables, which only another start can mend. */
  get problems(): readonly string[] {
    const { headers, environment } = this.#options;
    return Object.entries(headers).flatMap(([name, value]) => {
      if (typeof value === 'string' || !('env' in value)) return [];
      const problem = secretProblem(environment[value.env] ?? '');
      return problem === undefined ? [] : [`header ${name}: the environment variable ${value.env} ${problem}`];
    });
  }

  /** The next reading looks at the files. */
  forget(): void {
    this.#known = undefined;
  }

  async read(): Promise<HeaderReading> {
    const { headers, clock } = this.#options;
    if (this.#known !== undefined && clock.now() - this.#known.readAt < rereadMs) return this.#known;
    const read: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) {
      const text = typeof value === 'string' ? { text: value } : await this.#secret(name, value);
      if ('problem' in text) return text;
      read[name] = text.text;
    }
    this.#known = { headers: read, readAt: clock.now() };
    return this.#known;
  }

  async #secret(
    name: string,
    secret: Secret,
  ): Promise<{ readonly text: string } | Extract<HeaderReading, { problem: string }>> {
    const place = 'file' in secret ? `the file ${secret.file}` : `the environment variable ${secret.env}`;
    const found = 'file' in secret ? await contentOf(secret.file) : (this.#options.environment[secret.env] ?? '');
    if (typeof found !== 'string') return { problem: `header ${name}: cannot read ${place}: ${found.code}` };
    const problem = secretProblem(found);
    if (problem !== undefined) return { problem: `header ${name}: ${place} ${problem}` };
    this.#remember(found.trim());
    return { text: `${secret.prefix ?? ''}${found.trim()}` };
  }

  #remember(secret: string): void {
    this.#secrets.delete(secret);
    this.#secrets.add(secret);
    for (const oldest of this.#secrets) {
      if (this.#secrets.size <= rememberedSecrets) break;
      this.#secrets.delete(oldest);
    }
  }
}

function secretProblem(found: string): string | undefined {
  if (found.trim() === '') return 'is empty, or not there';
  return isHeaderText(found.trim()) ? undefined : 'holds characters that no header may have';
}

async function contentOf(file: string): Promise<string | { readonly code: string }> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { code: systemErrorName(error) };
  }
}
