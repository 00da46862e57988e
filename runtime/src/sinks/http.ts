/**
 * The sink on an HTTP server: one POST per batch, as a JSON array or as lines of JSON, accepted once the server has answered with 2xx.
 *
 * Its certificate is always verified, against the authorities of `ca` alone where that is set. Redirects are not followed, proxies of the
 * environment not used. What the server says is quoted in reasons, without the secrets that were sent to it.
 *
 * Not promised: that a batch without an answer was not stored. It is sent again, with the same `Idempotency-Key`.
 */
import { readFile } from 'node:fs/promises';
import type { Agent } from 'node:http';
import type { SinkRecord } from '../contract/event-record.ts';
import { productName, productVersion } from '../contract/names.ts';
import type { HttpSinkSettings } from '../contract/sink-settings.ts';
import type { Answer, SendOptions, Sink } from '../delivery/sink.ts';
import { createAgent } from '../support/agents.ts';
import type { Clock } from '../support/clock.ts';
import { startDeadline } from '../support/deadline.ts';
import { CollectorError } from '../support/errors.ts';
import { HeaderSource } from './header-source.ts';
import { answerOf, failureOf } from './http-answer.ts';
import { httpBody } from './http-body.ts';
import { type Exchange, post } from './http-exchange.ts';
import { hidden, quotable, secretsOf } from './redaction.ts';
import { SecretReader } from './secret-reader.ts';
import { isSystemError, systemErrorName } from './system-error.ts';

export interface HttpSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Servers and what stands before them retire idle connections after a minute or more; ours go first. */
const idleMs = 55_000;

/** Throws SETTINGS_INVALID where a variable is missing that the settings name. */
export function httpSink(settings: HttpSinkSettings, surroundings: HttpSurroundings): Sink {
  const secrets = new SecretReader(surroundings);
  const headers = new HeaderSource(settings.headers, secrets);
  if (headers.problems.length > 0)
    throw new CollectorError('SETTINGS_INVALID', `sink ${settings.name}: ${headers.problems.join('; ')}`);
  return new HttpSink(settings, { headers, secrets, clock: surroundings.clock });
}

interface HttpSinkParts {
  readonly headers: HeaderSource;
  readonly secrets: SecretReader;
  readonly clock: Clock;
}

class HttpSink implements Sink {
  readonly #settings: HttpSinkSettings;
  readonly #url: URL;
  readonly #headers: HeaderSource;
  readonly #secrets: SecretReader;
  readonly #clock: Clock;
  readonly #agent: Agent;

  constructor(settings: HttpSinkSettings, { headers, secrets, clock }: HttpSinkParts) {
    this.#settings = settings;
    this.#url = new URL(settings.url);
    this.#headers = headers;
    this.#secrets = secrets;
    this.#clock = clock;
    const protocol = this.#url.protocol === 'https:' ? 'https:' : 'http:';
    this.#agent = createAgent(protocol, {
      keepAlive: true,
      keepAliveMsecs: 30_000,
      timeout: idleMs,
      maxFreeSockets: 1,
    });
  }

  get name(): string {
    return this.#settings.name;
  }

  get required(): boolean {
    return this.#settings.required;
  }

  async send(batch: readonly SinkRecord[], signal: AbortSignal, options?: SendOptions): Promise<Answer> {
    const read = await this.#headers.read();
    if ('problem' in read) return { kind: 'misconfigured', reason: read.problem };
    const ca = await this.#ca();
    if (ca !== undefined && 'problem' in ca) return { kind: 'misconfigured', reason: ca.problem };
    const body = await httpBody(batch, this.#settings, options);
    const deadline = startDeadline(this.#clock, this.#settings.timeout * 1_000, signal);
    try {
      const exchange = await post({
        url: this.#url,
        agent: this.#agent,
        timeoutMs: this.#settings.timeout * 1_000,
        ca: ca?.pem,
        headers: { ...read.headers, 'user-agent': `${productName}/${productVersion}`, ...body.headers },
        body: body.bytes,
        signal: deadline.signal,
      });
      if (exchange.status === 401 || exchange.status === 403) this.#secrets.forget();
      return this.#answerOf(exchange);
    } catch (error) {
      if (!deadline.signal.aborted) return failureOf(error, this.#url.origin);
      const why = signal.aborted ? 'given up' : `no answer within ${this.#settings.timeout} s`;
      return { kind: 'retry', reason: `${why}: ${this.#url.origin}` };
    } finally {
      deadline.release();
    }
  }

  /** Secrets are read anew, as after a rotation. */
  reopen(): Promise<void> {
    this.#secrets.forget();
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#agent.destroy();
    return Promise.resolve();
  }

  #answerOf(exchange: Exchange): Answer {
    const secrets = [...this.#secrets.secrets, ...secretsOf(this.#url)];
    return answerOf(exchange, {
      server: this.#url.origin,
      quoted: () => quotable(exchange.said, secrets, exchange.isCut),
      hidden: (text) => hidden(text, secrets),
      wallTime: this.#clock.wallTime(),
      onConflict: this.#settings.onConflict,
    });
  }

  /** Read for every request: a connection that is kept goes on with what it was opened with. */
  async #ca(): Promise<{ readonly pem: string } | { readonly problem: string } | undefined> {
    const file = this.#settings.ca?.file;
    if (file === undefined) return undefined;
    try {
      const pem = await readFile(file, 'utf8');
      return pem.includes('-----BEGIN CERTIFICATE-----') ? { pem } : { problem: `ca: ${file} holds no certificate` };
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return { problem: `ca: cannot read ${file}: ${systemErrorName(error)}` };
    }
  }
}
