/** What an http sink needs for a request besides its body: read for each one, from settings, files and environment. */
import type { HttpSinkSettings } from '../contract/sink-settings.ts';
import { BasicSource } from './basic-source.ts';
import { HeaderSource } from './header-source.ts';
import { type HttpTarget, TargetSource } from './http-target.ts';
import { type Proxy, ProxySource } from './proxy.ts';
import { type Problem, SecretReader, type SecretReaderOptions } from './secret-reader.ts';
import { type TlsMaterial, TlsSource } from './tls-material.ts';

export interface HttpRequest {
  readonly target: HttpTarget;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
  readonly proxy: Proxy | undefined;
}

export class HttpRequestSource {
  readonly #settings: HttpSinkSettings;
  readonly #reader: SecretReader;
  readonly #target: TargetSource;
  readonly #headers: HeaderSource;
  readonly #basic: BasicSource;
  readonly #tls: TlsSource;
  readonly #proxy: ProxySource;

  constructor(settings: HttpSinkSettings, options: SecretReaderOptions) {
    this.#settings = settings;
    this.#reader = new SecretReader(options);
    this.#target = new TargetSource(settings.url, this.#reader);
    this.#headers = new HeaderSource(settings.headers, this.#reader);
    this.#basic = new BasicSource(settings.basic, this.#reader);
    this.#tls = new TlsSource(settings, options.environment);
    this.#proxy = new ProxySource(settings.proxy, this.#reader, options.environment);
  }

  /** What only another start can mend. */
  get problems(): readonly string[] {
    const { url } = this.#settings;
    return [
      ...this.#target.problems,
      ...this.#headers.problems,
      ...this.#basic.problems,
      ...this.#tls.problems,
      ...this.#proxy.problems(typeof url === 'string' ? new URL(url) : undefined),
    ];
  }

  /** Everything that must not be shown. */
  get secrets(): readonly string[] {
    return [...this.#reader.secrets, ...this.#basic.secrets, ...this.#target.secrets, ...this.#proxy.secrets];
  }

  get hasCertificate(): boolean {
    return this.#tls.hasCertificate;
  }

  /** The next reading looks at the files of secrets. */
  forget(): void {
    this.#reader.forget();
  }

  async read(): Promise<HttpRequest | Problem> {
    const target = await this.#target.read();
    if ('problem' in target) return target;
    const read = await this.#headers.read();
    if ('problem' in read) return read;
    const basic = await this.#basic.read();
    if ('problem' in basic) return basic;
    const tls = await this.#tls.read();
    if ('problem' in tls) return tls;
    const proxy = await this.#proxy.read(target.url);
    if (proxy !== undefined && 'problem' in proxy) return proxy;
    return { target, headers: { ...read.headers, ...basic.headers }, tls, proxy };
  }
}
