/** Certificates and keys of an http sink, read for every request: a connection that is kept goes on with what it was opened with. */
import { createSecureContext } from 'node:tls';
import type { SecretPlace } from '../contract/secret-place.ts';
import { contentOf, nameOf, type Problem } from './secret-reader.ts';

export interface TlsMaterial {
  /** Authorities that are trusted instead of the usual ones, as PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface TlsPlaces {
  readonly ca?: { readonly file: string } | undefined;
  readonly cert?: SecretPlace | undefined;
  readonly key?: SecretPlace | undefined;
}

type Option = keyof TlsMaterial;

const marks: Readonly<Record<Option, { readonly mark: RegExp; readonly thing: string }>> = {
  ca: { mark: /-----BEGIN CERTIFICATE-----/, thing: 'certificate' },
  cert: { mark: /-----BEGIN CERTIFICATE-----/, thing: 'certificate' },
  key: { mark: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, thing: 'private key' },
};

export class TlsSource {
  readonly #places: TlsPlaces;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  /** The pair that was found good last. */
  #checked = '';

  constructor(places: TlsPlaces, environment: Readonly<Record<string, string | undefined>>) {
    this.#places = places;
    this.#environment = environment;
  }

  get hasCertificate(): boolean {
    return this.#places.cert !== undefined;
  }

  /** What is wrong with the variables, which only another start can mend. */
  get problems(): readonly string[] {
    return this.#given.flatMap(([option, place]) => {
      const problem = 'env' in place ? contentProblem(option, place, this.#environment[place.env] ?? '') : undefined;
      return problem === undefined ? [] : [problem];
    });
  }

  async read(): Promise<TlsMaterial | Problem> {
    const material: Partial<Record<Option, string>> = {};
    for (const [option, place] of this.#given) {
      const found = 'file' in place ? await contentOf(place.file) : { text: this.#environment[place.env] ?? '' };
      if ('problem' in found) return { problem: `${option}: ${found.problem}` };
      const problem = contentProblem(option, place, found.text);
      if (problem !== undefined) return { problem };
      material[option] = found.text;
    }
    const problem = this.#pairProblem(material);
    return problem === undefined ? material : { problem };
  }

  get #given(): readonly (readonly [Option, SecretPlace])[] {
    return (['ca', 'cert', 'key'] as const).flatMap((option) => {
      const place = this.#places[option];
      return place === undefined ? [] : [[option, place] as const];
    });
  }

  /** Also for a moment while the two are replaced. */
  #pairProblem({ cert, key }: TlsMaterial): string | undefined {
    if (cert === undefined || key === undefined || this.#checked === cert + key) return undefined;
    try {
      createSecureContext({ cert, key });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return `cert and key cannot be used together: ${reason} (the key must be that of the certificate, without a passphrase)`;
    }
    this.#checked = cert + key;
    return undefined;
  }
}

function contentProblem(option: Option, place: SecretPlace, text: string): string | undefined {
  const { mark, thing } = marks[option];
  return mark.test(text) ? undefined : `${option}: ${nameOf(place)} holds no ${thing}`;
}
