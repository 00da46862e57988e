/**
 * One request and its answer on their way through the proxy, and what faults do to them. Bodies are streamed: what the client does not read is
 * not read from the server either.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Bell } from './bell.ts';
import type { ClientConnection, Upstream } from './client-connection.ts';
import type { Fault, StatusAnswer } from './fault.ts';
import { FrameEditor, isEdit, type Step } from './frame-editor.ts';
import { Inflow } from './inflow.ts';
import type { Injection } from './injection.ts';
import { kubernetesStatus } from './kubernetes-status.ts';
import type { OpenEntry, RequestEnd } from './request-log.ts';
import { ask } from './upstream.ts';

export interface ExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: ClientConnection;
  readonly upstream: Upstream;
  readonly entry: OpenEntry;
}

/** A dripped answer comes in so many pieces per second. */
const dripsPerSecond = 20;

export class Exchange {
  readonly entry: OpenEntry;
  readonly #parts: ExchangeParts;
  readonly #injections: Injection[] = [];
  readonly #bell = new Bell();
  readonly #editor = new FrameEditor();
  readonly #left: Promise<void>;
  #gone = false;
  #reset = false;
  #answerLost = false;
  /** Resolves when all that was sent has left this process. */
  #flushed: Promise<void> = Promise.resolve();

  constructor(parts: ExchangeParts) {
    const { response } = parts;
    this.entry = parts.entry;
    this.#parts = parts;
    response.on('drain', () => this.#bell.ring());
    this.#left = new Promise((resolve) => {
      response.once('close', () => {
        this.#gone = !response.writableFinished;
        this.#bell.ring();
        resolve();
      });
    });
  }

  /** A fault hits it. */
  suffer(injection: Injection): void {
    const { fault } = injection;
    this.#injections.push(injection);
    this.entry.faults.push(fault.kind);
    if (isEdit(fault)) this.#editor.add(fault);
    if (fault.kind === 'reset') this.#resetNow();
    this.#bell.ring();
  }

  /** Something was healed. */
  wake(): void {
    this.#bell.ring();
  }

  /** Runs until both sides are done with it. */
  async run(): Promise<void> {
    this.entry.end = await this.#run();
  }

  async #run(): Promise<RequestEnd> {
    const { request, connection, upstream } = this.#parts;
    const late = this.#fault('latency');
    let body: Buffer | undefined;
    if (late?.of === 'request') {
      body = await buffer(request).catch(() => undefined);
      if (body === undefined) return this.#stopped();
      await this.#sleep(late.ms, () => this.#fault('latency') === undefined);
    }
    const outlives = body !== undefined || this.#fault('lose answer') !== undefined;
    if (!(await this.#mayAsk(outlives))) return this.#stopped();
    const status = this.#fault('status');
    if (status !== undefined) return this.#answer(status);
    const question = ask(upstream, connection, request, body);
    if (!outlives) void this.#left.then(() => question.sent.destroy());
    const answer = await question.answer;
    if (answer === undefined) return this.#stopped();
    this.entry.serverStatus = answer.statusCode;
    return this.#relay(answer);
  }

  async #relay(answer: IncomingMessage): Promise<RequestEnd> {
    const { response, entry } = this.#parts;
    const headAt = performance.now();
    const inflow = new Inflow(answer, () => {
      entry.bytesReceived = inflow.received;
      this.#bell.ring();
    });
    try {
      if (!(await this.#mayTell(headAt))) return this.#stopped();
      entry.status = answer.statusCode;
      sendHead(answer, response);
      for (;;) {
        const piece = inflow.take();
        if (!(await this.#mayTell(piece?.at))) return this.#stopped();
        const end = await this.#carryOut(piece === undefined ? this.#editor.idle() : this.#editor.push(piece.bytes));
        if (end !== undefined) return end;
        if (piece !== undefined || !inflow.isEmpty) continue;
        if (inflow.end !== 'none') return this.#finish(inflow.end);
        await this.#bell.rung();
      }
    } finally {
      answer.destroy();
    }
  }

  /** @returns how it ended, where it did */
  async #carryOut(steps: readonly Step[]): Promise<RequestEnd | undefined> {
    for (const step of steps) {
      if ('stop' in step) return this.#finish(step.stop);
      if (!(await this.#send(step.send))) return this.#stopped();
    }
    return undefined;
  }

  /** @returns false where nothing can be sent any more */
  async #send(bytes: Buffer): Promise<boolean> {
    const { response, entry } = this.#parts;
    for (let start = 0; start < bytes.length; ) {
      if (!(await this.#mayTell())) return false;
      const drip = this.#fault('drip');
      const length = drip === undefined ? bytes.length : Math.max(1, Math.ceil(drip.bytesPerSecond / dripsPerSecond));
      const part = bytes.subarray(start, start + length);
      this.#flushed = new Promise((resolve) => response.write(part, () => resolve()));
      entry.bytesSent += part.length;
      start += part.length;
      while (response.writableNeedDrain && !this.#gone) await this.#bell.rung();
      if (drip !== undefined)
        await this.#sleep((part.length * 1_000) / drip.bytesPerSecond, () => this.#gone || !this.#fault('drip'));
    }
    return true;
  }

  async #finish(how: 'cut' | 'in order'): Promise<RequestEnd> {
    const { response, connection } = this.#parts;
    if (how === 'cut') {
      await Promise.race([this.#flushed, this.#left]);
      connection.close();
      return 'cut';
    }
    response.end();
    await this.#left;
    return this.#gone ? this.#stopped() : 'answered';
  }

  async #answer({ code, headers, message }: StatusAnswer): Promise<RequestEnd> {
    const { request, response, entry } = this.#parts;
    request.resume();
    const body = Buffer.from(JSON.stringify(kubernetesStatus(code, message)));
    entry.status = code;
    entry.bytesSent = body.length;
    response.writeHead(code, { 'content-type': 'application/json', ...headers, 'content-length': body.length });
    response.write(body);
    return this.#finish('in order');
  }

  /** Waits while the request is held back. @returns false where it never goes on */
  async #mayAsk(outlives: boolean): Promise<boolean> {
    for (;;) {
      if (this.#reset || (this.#gone && !outlives)) return false;
      if (this.#fault('blackhole') === undefined) return true;
      await this.#bell.rung();
    }
  }

  /** Waits while the answer is held back. @param cameAt when the part of it came that is to pass. @returns false where it never does */
  async #mayTell(cameAt?: number): Promise<boolean> {
    for (;;) {
      if (this.#reset || this.#gone) return false;
      const lost = cameAt === undefined ? undefined : this.#fault('lose answer');
      if (lost?.client === 'reset') return false;
      this.#answerLost ||= lost !== undefined;
      const early = this.#early(cameAt);
      if (this.#answerLost || this.#fault('blackhole') !== undefined) await this.#bell.rung();
      else if (early > 0) await this.#bell.rung(early);
      else return true;
    }
  }

  /** How many milliseconds too early it is for what came at `cameAt`. */
  #early(cameAt: number | undefined): number {
    const latency = this.#fault('latency');
    if (cameAt === undefined || latency === undefined || latency.of === 'request') return 0;
    return cameAt + latency.ms - performance.now();
  }

  #stopped(): RequestEnd {
    if (this.#gone && !this.#reset) return 'abandoned';
    this.#resetNow();
    return 'reset';
  }

  #resetNow(): void {
    this.#reset = true;
    this.#parts.connection.reset();
  }

  async #sleep(ms: number, isEnough: () => boolean): Promise<void> {
    const until = performance.now() + ms;
    for (let left = ms; left > 0 && !isEnough(); left = until - performance.now()) await this.#bell.rung(left);
  }

  /** The latest of this kind that is at work. */
  #fault<Kind extends Fault['kind']>(kind: Kind): Extract<Fault, { kind: Kind }> | undefined {
    const injection = this.#injections.findLast(({ fault, isHealed }) => fault.kind === kind && !isHealed);
    return injection?.fault as Extract<Fault, { kind: Kind }> | undefined;
  }
}

/** As the server sent it: nothing is added, changed or left out. */
function sendHead(
  { statusCode = 502, statusMessage = '', rawHeaders }: IncomingMessage,
  response: ServerResponse,
): void {
  response.sendDate = false;
  response.removeHeader('connection');
  response.writeHead(statusCode, statusMessage, rawHeaders);
  response.flushHeaders();
}
