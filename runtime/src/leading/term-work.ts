/**
 * One term's work after its claim: reader, deliveries and checkpointer side by side, ended by one signal when the term is over.
 *
 * A stop ends reading at once, lets open requests to sinks be answered for a while, and writes the token last, so that the next leader sends
 * nothing twice. Not promised: the same after a crash; then ids tell what was sent again.
 */
import { LifetimeEvidence } from '../collection/lifetime-evidence.ts';
import { Progress } from '../collection/progress.ts';
import { read } from '../collection/reader.ts';
import type { ReaderOptions } from '../collection/reader-options.ts';
import { Window } from '../collection/window.ts';
import type { ClusterReference } from '../contract/event-record.ts';
import { deliver } from '../delivery/delivery.ts';
import { shapeEvent } from '../shaping/shape-event.ts';
import { pause } from '../support/clock.ts';
import { Doorbell } from '../support/doorbell.ts';
import { CollectorError, isCollectorError } from '../support/errors.ts';
import type { ResourceVersion } from '../support/resource-version.ts';
import { linked, untilAborted, workUntil } from '../support/signals.ts';
import { runTogether } from '../support/tasks.ts';
import type { Term } from '../term.ts';
import { Checkpointer } from '../token/checkpointer.ts';
import type { TokenStore } from '../token/token-store.ts';
import type { Claimed, SettledBefore } from './claim.ts';
import type { LeaderOptions, SinkWiring } from './leader-options.ts';

/** The hand-over's own limit for the last token write: the lock's copy carries the token anyway. */
const lastWriteMs = 5_000;

export class TermWork {
  readonly window: Window;
  readonly progress: Progress;
  readonly #options: LeaderOptions;
  readonly #term: Term;
  readonly #store: TokenStore;
  readonly #claimed: Claimed;
  readonly #checkpointer: Checkpointer;
  readonly #arrived = new Doorbell();
  readonly #settled = new Doorbell();
  readonly #due = new Doorbell();
  /** The end of a list: once it is settled the token is written without waiting for the interval. */
  #turn: ResourceVersion | undefined;

  constructor(options: LeaderOptions, term: Term, store: TokenStore, claimed: Claimed) {
    const { token } = claimed.start;
    this.#options = options;
    this.#term = term;
    this.#store = store;
    this.#claimed = claimed;
    const sinks = options.sinks.map(({ sink }) => ({
      name: sink.name,
      required: sink.required,
      position: token.sinks.get(sink.name) ?? token.position,
    }));
    this.window = new Window(options.windowBytes, sinks);
    this.progress = new Progress(
      token,
      this.window,
      { api: () => options.source.time(), own: () => options.clock.wallTime() },
      new LifetimeEvidence({
        eventTtlMs: options.eventTtlMs,
        namespaces: options.isOneNamespace ? 1 : 2,
        facts: token.facts,
      }),
    );
    this.progress.saw(claimed.probed);
    const { observedMs: seenMs } = this.progress.lifetime;
    if (seenMs !== undefined)
      options.report({ what: 'event ttl differs', settingMs: options.eventTtlMs, seenMs, bound: 'about' });
    this.#checkpointer = new Checkpointer(
      {
        store,
        current: () => this.progress.token,
        intervalMs: options.checkpointIntervalMs,
        asOfIntervalMs: options.eventTtlMs / 6,
        due: this.#due,
        clock: options.clock,
      },
      claimed.stored ? token : undefined,
    );
  }

  /** What a later term of this process may go on from. */
  get settled(): SettledBefore {
    return { token: this.progress.token, mark: this.#store.mark };
  }

  /** Works until `stop` aborts and what was open is answered or given up. Throws TERM_OVER, or a defect. */
  async run(stop: AbortSignal): Promise<void> {
    await runTogether(this.#term.signal, [
      (signal) => workUntil(stop, signal, (either) => read(this.#readerOptions(), this.#claimed.start, either)),
      (signal) => workUntil(stop, signal, (either) => this.#checkpointer.run(either)),
      (signal) => workUntil(stop, signal, (either) => this.#awaitTurns(either)),
      (signal) => this.#deliverAll(stop, signal),
    ]);
    this.#tellLeftBehind();
    await this.#writeLast();
  }

  async #deliverAll(stop: AbortSignal, signal: AbortSignal): Promise<void> {
    const stopping = linked(signal, stop);
    const open = linked(signal);
    const answered = new AbortController();
    const limiting = this.#limitDrain(stop, answered.signal, open);
    try {
      await runTogether(
        open.signal,
        this.#options.sinks.map((wiring) => (abort) => this.#deliver(wiring, stopping.signal, abort)),
      );
    } finally {
      answered.abort();
      stopping.abort();
      await limiting;
      open.abort();
    }
  }

  #deliver({ sink, limits, retry }: SinkWiring, stop: AbortSignal, abort: AbortSignal): Promise<void> {
    const { clock, random, report } = this.#options;
    const term = this.#term;
    const bells = { arrived: this.#arrived, settled: this.#settled };
    return deliver(
      { sink, limits, retry, backlog: this.window, ...bells, term, clock, random, report },
      { stop, abort },
    );
  }

  /** After a stop, open requests have this long to be answered; then they are given up and will be sent again, with the same ids. */
  async #limitDrain(stop: AbortSignal, answered: AbortSignal, open: AbortController): Promise<void> {
    const { clock, drainTimeoutMs, report } = this.#options;
    await untilAborted(stop, answered);
    if (!answered.aborted) await pause(clock, drainTimeoutMs, answered);
    if (!answered.aborted) open.abort();
    if (stop.aborted) report({ what: 'drain', outcome: open.signal.aborted ? 'given up' : 'complete' });
  }

  async #awaitTurns(signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#settled.rung(signal);
      this.#noticeTurn();
    }
  }

  #noticeTurn(): void {
    if (this.#turn === undefined || this.window.settledThrough < this.#turn) return;
    this.#turn = undefined;
    this.#due.ring();
  }

  #tellLeftBehind(): void {
    for (const [sink, records] of this.window.leftBehind) {
      const detail = 'not sent before the hand-over';
      this.#options.report({ what: 'event dropped', sink, reason: 'best_effort', records, id: '', detail });
    }
  }

  /** Everything that was answered is in it: the next leader sends none of it again. */
  async #writeLast(): Promise<void> {
    const limit = linked(this.#term.signal);
    const written = new AbortController();
    const timing = pause(this.#options.clock, lastWriteMs, written.signal).then(() => {
      if (!written.signal.aborted && !limit.signal.aborted) this.#tellGivenUp();
      limit.abort();
    });
    try {
      await workUntil(limit.signal, this.#term.signal, (either) => this.#checkpointer.finish(either));
    } catch (error) {
      // Theirs is the token now; what was settled here stands on the lock.
      if (!isCollectorError(error, 'TOKEN_CLAIMED')) throw error;
      this.#options.report({ what: 'token write failed', error });
    } finally {
      written.abort();
      await timing;
    }
  }

  #tellGivenUp(): void {
    const seconds = lastWriteMs / 1_000;
    const message = `the last write of the token got no answer within ${seconds} s: the copy on the lock counts`;
    this.#options.report({ what: 'token write failed', error: new CollectorError('API_UNAVAILABLE', message) });
  }

  #readerOptions(): ReaderOptions {
    const { source, clusterName, recordFields = {}, eventTtlMs, retryPeriodMs, clock, random, report } = this.#options;
    const cluster = clusterReference(clusterName, this.#claimed.start.token.clusterUid);
    return {
      source,
      window: this.window,
      progress: this.progress,
      cluster,
      shape: (event, change) => ({ ...shapeEvent(event, change, cluster), ...recordFields }),
      recordFields,
      recordFieldsBytes: Buffer.byteLength(JSON.stringify(recordFields)),
      eventTtlMs,
      retryPeriodMs,
      arrived: this.#arrived,
      settled: this.#settled,
      onTurn: (position) => {
        this.#turn = position;
        this.#noticeTurn();
      },
      clock,
      random,
      report,
    };
  }
}

function clusterReference(name: string | undefined, uid: string | undefined): ClusterReference {
  return { ...(name === undefined ? {} : { name }), ...(uid === undefined ? {} : { uid }) };
}
