/**
 * Carries what the window holds to one sink: one batch at a time, in order, repeated until it is accepted or the term is over.
 *
 * Not promised: that a batch arrives once. After a crash, or an answer that was lost, it is sent again, with the same ids.
 */
import { backoffMs } from '../support/backoff.ts';
import type { Clock, Random } from '../support/clock.ts';
import type { Doorbell } from '../support/doorbell.ts';
import type { Report } from '../support/happening.ts';
import type { SinkRecord } from '../contract/event-record.ts';
import type { Term } from '../term.ts';
import type { Answer, Sink } from './sink.ts';

/** What a sink has before it: the collection's window. */
export interface Backlog {
  batchFor(
    sink: string,
    limits: BatchLimits,
  ): { readonly records: readonly SinkRecord[]; readonly end: number } | undefined;
  settle(sink: string, end: number): void;
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
export async function deliver(options: DeliveryOptions, { stop, abort }: DeliverySignals): Promise<void> {
  const { sink, limits, backlog, arrived, settled } = options;
  while (!stop.aborted) {
    const batch = backlog.batchFor(sink.name, limits);
    if (batch === undefined) {
      await untilAborted(stop, arrived.rung(stop));
      continue;
    }
    if (batch.records.length > 0 && !(await sendUntilAccepted(options, batch.records, { stop, abort }))) return;
    backlog.settle(sink.name, batch.end);
    settled.ring();
  }
}

/** @returns false where it was stopped before the batch was accepted */
async function sendUntilAccepted(
  options: DeliveryOptions,
  records: readonly SinkRecord[],
  { stop, abort }: DeliverySignals,
): Promise<boolean> {
  const { sink, term, clock, report, random, retry } = options;
  for (let failures = 1; !stop.aborted; failures += 1) {
    term.assertValid();
    const startedAt = clock.now();
    const answer = await sink.send(records, abort);
    term.assertValid();
    if (answer.kind === 'accepted') {
      report({
        what: 'batch accepted',
        sink: sink.name,
        records: records.length,
        milliseconds: clock.now() - startedAt,
      });
      return true;
    }
    const misconfigured = answer.kind === 'misconfigured';
    report({
      what: 'batch retried',
      sink: sink.name,
      records: records.length,
      reason: answer.reason,
      misconfigured,
      failures,
    });
    await untilAborted(stop, clock.sleep(pauseMs(answer, retry, failures, random), stop));
  }
  return false;
}

/** A misconfigured sink waits for a person: it is tried at the slowest pace from the start. */
function pauseMs(
  answer: Exclude<Answer, { kind: 'accepted' }>,
  retry: DeliveryOptions['retry'],
  failures: number,
  random: Random,
): number {
  if (answer.kind === 'misconfigured') return retry.maximumMs * (0.5 + random() / 2);
  return Math.max(backoffMs(retry, failures, random), answer.afterMs ?? 0);
}

async function untilAborted(signal: AbortSignal, waiting: Promise<void>): Promise<void> {
  try {
    await waiting;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
