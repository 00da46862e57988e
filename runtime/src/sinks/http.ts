/**
 * The sink on an HTTP server: one POST per batch, as a JSON array or as lines of JSON, accepted once the server has answered with 2xx.
 *
 * Its certificate is always verified, against the authorities of `ca` alone where that is set. Redirects are not followed. What the server says
 * is quoted in reasons, without the secrets that were sent to it.
 *
 * Not promised: that a batch without an answer was not stored. It is sent again, with the same `Idempotency-Key`.
 */
import type { SinkRecord } from '../contract/event-record.ts';
import { productName, productVersion } from '../contract/names.ts';
import type { HttpSinkSettings } from '../contract/sink-settings.ts';
import type { Answer, SendOptions, Sink } from '../delivery/sink.ts';
import type { Clock } from '../support/clock.ts';
import { startDeadline } from '../support/deadline.ts';
import { CollectorError } from '../support/errors.ts';
import { type AnswerContext, answerOf, failureOf } from './http-answer.ts';
import { type HttpBody, httpBody } from './http-body.ts';
import { HttpConnections } from './http-connections.ts';
import { post } from './http-exchange.ts';
import { type HttpRequest, HttpRequestSource } from './http-request.ts';
import { hidden, quotable } from './redaction.ts';

export interface HttpSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Throws SETTINGS_INVALID where a variable is missing that the settings name. */
export function httpSink(settings: HttpSinkSettings, surroundings: HttpSurroundings): Sink {
  const source = new HttpRequestSource(settings, surroundings);
  if (source.problems.length > 0)
    throw new CollectorError('SETTINGS_INVALID', `sink ${settings.name}: ${source.problems.join('; ')}`);
  return new HttpSink(settings, source, surroundings.clock);
}

class HttpSink implements Sink {
  readonly #settings: HttpSinkSettings;
  readonly #source: HttpRequestSource;
  readonly #clock: Clock;
  readonly #connections = new HttpConnections();

  constructor(settings: HttpSinkSettings, source: HttpRequestSource, clock: Clock) {
    this.#settings = settings;
    this.#source = source;
    this.#clock = clock;
  }

  get name(): string {
    return this.#settings.name;
  }

  get required(): boolean {
    return this.#settings.required;
  }

  async send(batch: readonly SinkRecord[], signal: AbortSignal, options?: SendOptions): Promise<Answer> {
    const request = await this.#source.read();
    if ('problem' in request) return { kind: 'misconfigured', reason: request.problem };
    const answer = await this.#exchange(request, await httpBody(batch, this.#settings, options), signal);
    if (answer.kind === 'misconfigured') this.#source.forget();
    return answer;
  }

  /** Secrets are read anew, as after a rotation. */
  reopen(): Promise<void> {
    this.#source.forget();
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#connections.close();
    return Promise.resolve();
  }

  async #exchange({ target, headers, tls, proxy }: HttpRequest, body: HttpBody, signal: AbortSignal): Promise<Answer> {
    const timeoutMs = this.#settings.timeout * 1_000;
    const deadline = startDeadline(this.#clock, timeoutMs, signal);
    const context = this.#context(
      proxy === undefined ? target.label : `${target.label} through the proxy ${proxy.label}`,
    );
    try {
      const exchange = await post({
        url: target.url,
        agent: this.#connections.agentFor(target.url, proxy),
        proxy,
        timeoutMs,
        tls,
        headers: { ...headers, 'user-agent': `${productName}/${productVersion}`, ...body.headers },
        body: body.bytes,
        signal: deadline.signal,
      });
      return answerOf(exchange, context);
    } catch (error) {
      if (!deadline.signal.aborted) return failureOf(error, context);
      const why = signal.aborted ? 'given up' : `no answer within ${this.#settings.timeout} s`;
      return { kind: 'retry', reason: `${why}: ${context.server}` };
    } finally {
      deadline.release();
    }
  }

  #context(server: string): AnswerContext {
    const { secrets, hasCertificate } = this.#source;
    return {
      server,
      quoted: ({ said, isCut }) => quotable(said, secrets, isCut),
      hidden: (text) => hidden(text, secrets),
      wallTime: this.#clock.wallTime(),
      onConflict: this.#settings.onConflict,
      hasCertificate,
    };
  }
}
