/**
 * An accepted watch, frame by frame, on demand: while nobody asks, nothing is read from the socket beyond its buffer.
 *
 * Not promised: that a silent watch is alive. It is given up a little after the time at which the server should have ended it.
 */
import type { IncomingMessage } from 'node:http';
import { type Clock, pause } from '../support/clock.ts';
import { CollectorError } from '../support/errors.ts';
import type { ApiClient, OpenStream } from './api-client.ts';
import { FrameSplitter } from './frames.ts';
import { frameError } from './status-error.ts';
import { describe, type Subject } from './subject.ts';

export interface WatchFrame {
  readonly type: string;
  readonly object: unknown;
  readonly bytes: number;
}

export interface WatchOptions {
  readonly subject: Subject;
  readonly query: Readonly<Record<string, string>>;
  /** Undefined: the server decides when to end it. */
  readonly timeoutSeconds: number | undefined;
  readonly clock: Clock;
}

/** What the server may take beyond the time it was asked to end the watch after. */
const slackMs = 30_000;

/** Left to itself the API server ends a watch after 30 to 60 minutes (twice its default `--min-request-timeout`). */
const longestSeconds = 3_600;

/** Resolves when the server has accepted the watch. */
export async function openWatch(client: ApiClient, options: WatchOptions, signal: AbortSignal): Promise<Watch> {
  const { subject, timeoutSeconds } = options;
  const query = {
    ...options.query,
    watch: 'true',
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds: String(timeoutSeconds) }),
  };
  return new Watch(options, await client.stream({ subject, query }, signal));
}

export class Watch {
  /** API-server time, in milliseconds since 1970. */
  readonly acceptedAt: number;
  readonly #subject: Subject;
  readonly #response: IncomingMessage;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #splitter = new FrameSplitter();
  readonly #ended = new AbortController();

  constructor({ subject, timeoutSeconds = longestSeconds, clock }: WatchOptions, { response, acceptedAt }: OpenStream) {
    this.acceptedAt = acceptedAt;
    this.#subject = subject;
    this.#response = response;
    this.#chunks = response[Symbol.asyncIterator]();
    response.once('close', () => this.#ended.abort());
    void this.#giveUpAfter(timeoutSeconds * 1_000 + slackMs, clock);
  }

  /** The next frame; undefined when the server ended the stream in order. Throws API_EXPIRED or API_BROKEN, after which the watch is closed. */
  async next(): Promise<WatchFrame | undefined> {
    for (;;) {
      const line = this.#nextLine();
      if (line !== undefined) return this.#parse(line);
      const chunk = await this.#read();
      if (chunk === undefined) return undefined;
      this.#splitter.push(chunk);
    }
  }

  /** Destroys the connection; a pending {@link next} then throws. */
  close(): void {
    this.#response.destroy();
  }

  /** Closes the watch. @returns the error to throw */
  broken(reason: string): CollectorError {
    this.close();
    return new CollectorError('API_BROKEN', `${describe(this.#subject)}: ${reason}`);
  }

  #nextLine(): Buffer | undefined {
    try {
      return this.#splitter.next();
    } catch (error) {
      throw this.broken((error as Error).message);
    }
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      const { value, done } = await this.#chunks.next();
      if (done !== true) return value;
    } catch (error) {
      throw this.broken(`the stream was cut: ${(error as Error).message}`);
    }
    if (!this.#response.complete) throw this.broken('the stream was cut');
    if (this.#splitter.hasPending) throw this.broken('the stream ended within a frame');
    return undefined;
  }

  #parse(line: Buffer): WatchFrame {
    const frame = this.#parseJson(line);
    if (
      typeof frame !== 'object' ||
      frame === null ||
      !('type' in frame) ||
      !('object' in frame) ||
      typeof frame.type !== 'string'
    ) {
      throw this.broken('a frame is no watch event');
    }
    if (frame.type === 'ERROR') {
      this.close();
      throw frameError(this.#subject, frame.object);
    }
    return { type: frame.type, object: frame.object, bytes: line.length };
  }

  #parseJson(line: Buffer): unknown {
    try {
      return JSON.parse(line.toString('utf8'));
    } catch (error) {
      if (error instanceof SyntaxError) throw this.broken('a frame is not JSON');
      throw error;
    }
  }

  async #giveUpAfter(ms: number, clock: Clock): Promise<void> {
    await pause(clock, ms, this.#ended.signal);
    if (!this.#ended.signal.aborted) this.#response.destroy(new Error(`still open after ${ms} ms`));
  }
}
