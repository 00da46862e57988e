/**
 * Carries what the window holds to one sink: one batch at a time, in order, repeated until it is accepted or the term is over.
 *
 * A batch that the sink refuses is taken apart; while nothing is known to be wanted, the sink counts as misconfigured.
 *
 * Not promised: that a batch arrives once. After a crash, or an answer that was lost, it is sent again, with the same ids.
 */
import { backoffMs } from '../support/backoff.ts';
import type { Clock, Random } from '../support/clock.ts';
import type { Doorbell } from '../support/doorbell.ts';
import type { Report } from '../support/happening.ts';
import type { SinkRecord } from '../contract/event-record.ts';
import type { Term } from '../term.ts';
import { Bisection, type Item, objectOf, type Rejected } from './bisection.ts';
import { Proven } from './proven.ts';
import type { Answer, SendOptions, Sink } from './sink.ts';

/** What a sink has before it: the collection's window. */
export interface Backlog {
  batchFor(
    sink: string,
    limits: BatchLimits,
  ): { readonly records: readonly SinkRecord[]; readonly end: number } | undefined;
  /** All of it; what was passed is settled with the `end` of one of these. */
  upcoming(sink: string): readonly Item[];
  settle(sink: string, end: number): void;
  /** Whether records that this sink has before it let nothing else in. */
  isCloggedFor(sink: string): boolean;
  /** Lets in as much again, once. */
  widen(): void;
}

export interface BatchLimits {
  readonly records: number;
  readonly bytes: number;
}

export interface DeliveryOptions {
  readonly sink: Sink;
  readonly limits: BatchLimits;
  readonly retry: { readonly initialMs: number; readonly maximumMs: number };
  readonly backlog: Backlog;
  /** Rung when the backlog has something new. */
  readonly arrived: Doorbell;
  /** To be rung when something was settled. */
  readonly settled: Doorbell;
  readonly term: Term;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Report;
}

export interface DeliverySignals {
  /** From here on no send and no retry is started. */
  readonly stop: AbortSignal;
  /** Open requests are given up. */
  readonly abort: AbortSignal;
}

/** Runs until `stop` aborts and the open request, if there is one, is answered. Throws TERM_OVER. */
export async function deliver(options: DeliveryOptions, signals: DeliverySignals): Promise<void> {
  await new Delivery(options, signals).run();
}

class Delivery {
  readonly #options: DeliveryOptions;
  readonly #signals: DeliverySignals;
  readonly #bisection = new Bisection();
  readonly #proven = new Proven();
  #timesAsked = 0;
  /** Of the latest refusal. */
  #refusal = '';
  /** When the slow pause after a fruitless round ends, in milliseconds of the monotonic clock. */
  #roundEndsAt: number | undefined;

  constructor(options: DeliveryOptions, signals: DeliverySignals) {
    this.#options = options;
    this.#signals = signals;
  }

  async run(): Promise<void> {
    while (!this.#signals.stop.aborted) {
      if (this.#bisection.isOpen) await this.#bisect();
      else await this.#sendBatch();
    }
  }

  async #sendBatch(): Promise<void> {
    const { sink, limits, backlog, arrived } = this.#options;
    const { stop } = this.#signals;
    const batch = backlog.batchFor(sink.name, limits);
    if (batch === undefined) return await untilAborted(stop, arrived.rung(stop));
    const ahead = this.#bisection.hasDecided ? this.#undecidedBefore(batch.end) : undefined;
    const records = ahead?.map(({ record }) => record) ?? batch.records;
    const answer = records.length === 0 ? accepted : await this.#sendUntilDecided(records);
    if (answer?.kind === 'accepted') this.#settle(batch.end);
    if (answer?.kind !== 'refused') return;
    this.#roundEndsAt = undefined;
    this.#bisection.open(this.#undecidedBefore(batch.end), answer.reason);
  }

  #undecidedBefore(end: number): readonly Item[] {
    const { sink, backlog } = this.#options;
    return this.#bisection.undecided(backlog.upcoming(sink.name).filter((item) => item.end <= end));
  }

  async #bisect(): Promise<void> {
    const { sink, backlog } = this.#options;
    const bisection = this.#bisection;
    const trial = bisection.next(backlog.upcoming(sink.name));
    if (trial === undefined) return bisection.isOpen ? await this.#goOnWithoutWitness() : undefined;
    const answer = await this.#sendUntilDecided(trial.items.map(({ record }) => record));
    if (answer?.kind === 'accepted') {
      this.#roundEndsAt = undefined;
      bisection.accepted(trial);
    }
    if (answer?.kind === 'refused') {
      const rejected = bisection.refused(trial, answer.reason);
      if (rejected !== undefined) this.#giveUp(rejected);
    }
    const end = bisection.decidedThrough(backlog.upcoming(sink.name));
    if (end !== undefined) this.#settle(end);
  }

  #giveUp({ item: { record }, reason }: Rejected): void {
    const { sink, report } = this.#options;
    const { id } = record;
    report({ what: 'event dropped', sink: sink.name, reason: 'rejected', records: 1, id, detail: reason, record });
  }

  #settle(end: number): void {
    const { sink, backlog, settled } = this.#options;
    backlog.settle(sink.name, end);
    this.#bisection.forgetBefore(end + 1);
    settled.ring();
  }

  /**
   * Refused versions of a few objects may let nothing in that could speak for the sink: then something that it accepted before has to, or more
   * is let in. What only a best-effort sink refuses is dropped where room is needed.
   */
  async #goOnWithoutWitness(): Promise<void> {
    const { backlog, settled } = this.#options;
    const suspect = this.#bisection.firstSuspect;
    if (suspect !== undefined && this.#roundEndsAt === undefined && this.#isCloggedByFew()) {
      const proven = this.#proven.unlike(suspect);
      if (proven === undefined) {
        backlog.widen();
        settled.ring();
      } else if (await this.#stillTakes(proven)) {
        return this.#bisection.witnessed([proven]);
      }
    }
    await this.#awaitNextRound();
  }

  #isCloggedByFew(): boolean {
    const { sink, backlog } = this.#options;
    if (!sink.required || !backlog.isCloggedFor(sink.name)) return false;
    const open = this.#bisection.undecided(backlog.upcoming(sink.name));
    return new Set(open.map(({ record }) => objectOf(record))).size <= fewObjects;
  }

  /** Asked once, and as a request of its own: a server that knows the batch would answer without looking at it. */
  async #stillTakes(record: SinkRecord): Promise<boolean> {
    const { holder, number } = this.#options.term;
    this.#timesAsked += 1;
    const answer = await this.#send([record], { occasion: `${holder}/${number}/${this.#timesAsked}` });
    return answer.kind === 'accepted';
  }

  /** Nothing speaks for the sink: it waits as one that is misconfigured does. A few of the records that arrive meanwhile are tried at once. */
  async #awaitNextRound(): Promise<void> {
    const { sink, clock, retry, random, arrived, report } = this.#options;
    const { stop } = this.#signals;
    const bisection = this.#bisection;
    if (this.#roundEndsAt === undefined) {
      this.#roundEndsAt = clock.now() + slowPauseMs(retry, random);
      report({
        what: 'batch retried',
        sink: sink.name,
        records: bisection.suspects,
        reason: `it refuses and accepts nothing else: ${this.#refusal}`,
        misconfigured: true,
        failures: bisection.round + 1,
      });
    }
    const leftMs = this.#roundEndsAt - clock.now();
    const waiting = bisection.seeksWitness ? arrived.rungWithin(leftMs, clock, stop) : clock.sleep(leftMs, stop);
    await untilAborted(stop, waiting);
    if (clock.now() < this.#roundEndsAt) return;
    this.#roundEndsAt = undefined;
    bisection.newRound();
  }

  /** @returns undefined where it was stopped before the sink had decided */
  async #sendUntilDecided(
    records: readonly SinkRecord[],
  ): Promise<Extract<Answer, { kind: 'accepted' | 'refused' }> | undefined> {
    const { sink, clock, report, random, retry } = this.#options;
    const { stop } = this.#signals;
    const told = { sink: sink.name, records: records.length };
    for (let failures = 1; !stop.aborted; failures += 1) {
      const startedAt = clock.now();
      const answer = await this.#send(records);
      if (answer.kind === 'accepted') {
        report({ what: 'batch accepted', ...told, milliseconds: clock.now() - startedAt });
        this.#proven.add(records);
        return answer;
      }
      const { reason } = answer;
      if (answer.kind === 'refused') {
        report({ what: 'batch refused', ...told, reason });
        this.#refusal = reason;
        return answer;
      }
      report({ what: 'batch retried', ...told, reason, misconfigured: answer.kind === 'misconfigured', failures });
      await untilAborted(stop, clock.sleep(pauseMs(answer, retry, failures, random), stop));
    }
    return undefined;
  }

  /** Nothing is sent in a term that is over, and no answer counts that comes after its end. */
  async #send(records: readonly SinkRecord[], options?: SendOptions): Promise<Answer> {
    const { sink, term } = this.#options;
    term.assertValid();
    const answer = await sink.send(records, this.#signals.abort, options);
    term.assertValid();
    return answer;
  }
}

/** Of more, a sink that takes anything takes one. */
const fewObjects = 100;

const accepted = { kind: 'accepted' } satisfies Answer;

/** A misconfigured sink waits for a person: it is tried at the slowest pace from the start. */
function pauseMs(
  answer: Extract<Answer, { kind: 'retry' | 'misconfigured' }>,
  retry: DeliveryOptions['retry'],
  failures: number,
  random: Random,
): number {
  if (answer.kind === 'misconfigured') return slowPauseMs(retry, random);
  return Math.max(backoffMs(retry, failures, random), answer.afterMs ?? 0);
}

function slowPauseMs({ maximumMs }: DeliveryOptions['retry'], random: Random): number {
  return maximumMs * (0.5 + random() / 2);
}

async function untilAborted(signal: AbortSignal, waiting: Promise<unknown>): Promise<void> {
  try {
    await waiting;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
