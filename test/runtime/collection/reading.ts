import { onTestFinished } from 'vitest';
import { LifetimeEvidence } from '../../../runtime/src/collection/lifetime-evidence.ts';
import { Progress } from '../../../runtime/src/collection/progress.ts';
import type { ReaderOptions } from '../../../runtime/src/collection/reader-options.ts';
import { read } from '../../../runtime/src/collection/reader.ts';
import type { Start } from '../../../runtime/src/collection/start-decision.ts';
import { Window } from '../../../runtime/src/collection/window.ts';
import type { GapRecord } from '../../../runtime/src/contract/event-record.ts';
import { shapeEvent } from '../../../runtime/src/shaping/shape-event.ts';
import type { Random } from '../../../runtime/src/support/clock.ts';
import { Doorbell } from '../../../runtime/src/support/doorbell.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import type { ResumeToken } from '../../../runtime/src/token/resume-token.ts';
import { EventStore, type EventStoreOptions } from '../../support/event-source.ts';
import { type ManualClock, manualClock, settled } from '../../support/manual-clock.ts';
import { tokenAt } from '../token/tokens.ts';

export interface ReadingOptions extends Partial<Omit<EventStoreOptions, 'clock'>> {
  readonly token?: ResumeToken;
  readonly start?: Partial<Start>;
  readonly windowBytes?: number;
  /** The setting. @default the store's own */
  readonly eventTtlMs?: number;
  readonly random?: Random;
  readonly shape?: ReaderOptions['shape'];
  /** See {@link Reading.accepting}; true where nothing is said. */
  readonly accepting?: boolean;
  /** What happens before it is first read. */
  readonly before?: (store: EventStore, clock: ManualClock) => void;
}

export interface Reading {
  readonly clock: ManualClock;
  readonly store: EventStore;
  readonly window: Window;
  readonly progress: Progress;
  readonly happenings: readonly Happening[];
  readonly turns: readonly bigint[];
  /** Ids of what the sink has taken, in order. */
  readonly taken: readonly string[];
  readonly gaps: readonly GapRecord[];
  /** Whether the sink takes what arrives. */
  accepting: boolean;
  /** The sink takes what there is, at most so many records. */
  take(records?: number): Promise<void>;
  told<W extends Happening['what']>(what: W): readonly Extract<Happening, { what: W }>[];
  /** How watches ended so far. */
  ends(): readonly string[];
  readonly ended: Promise<unknown>;
}

/** Every wait is the longest that it may be. */
const longest: Random = () => 1;

const sink = 'archive';

/** A reader under way on a store, with one sink that takes what arrives. It begins as the first start of a term, or from `token`. */
export async function reading(options: ReadingOptions = {}): Promise<Reading> {
  const {
    token = tokenAt(0n),
    before,
    start,
    windowBytes = 8_388_608,
    random = longest,
    shape,
    accepting = true,
    eventTtlMs: eventTtl,
    ...storeOptions
  } = options;
  const clock = manualClock();
  const store = new EventStore({ clock, ...storeOptions });
  before?.(store, clock);
  const stop = new AbortController();
  const [arrived, settledBell] = [new Doorbell(), new Doorbell()];
  const window = new Window(windowBytes, [{ name: sink, required: true, position: token.position }]);
  const eventTtlMs = eventTtl ?? storeOptions.ttlMs ?? 3_600_000;
  const progress = new Progress(
    token,
    window,
    { api: () => store.source.time(), own: () => clock.wallTime() },
    new LifetimeEvidence({ eventTtlMs, namespaces: 2, facts: token.facts }),
  );
  // The start of a term is decided from a probe.
  progress.saw(BigInt(store.revision));
  const happenings: Happening[] = [];
  const turns: bigint[] = [];
  const taken: string[] = [];
  const gaps: GapRecord[] = [];
  const cluster = { uid: 'cluster' };
  const ended = read(
    {
      source: store.source,
      window,
      progress,
      cluster,
      shape: shape ?? ((event, change) => shapeEvent(event, change, cluster)),
      eventTtlMs,
      retryPeriodMs: 15_000,
      arrived,
      settled: settledBell,
      onTurn: (position) => void turns.push(position),
      clock,
      random,
      report: (happening) => void happenings.push(happening),
    },
    {
      ...(token.position === 0n ? { act: 'list', because: 'first start' } : { act: 'watch' }),
      token,
      origin: '',
      ...start,
    } as Start,
    stop.signal,
  );
  /** @returns whether there was anything to take */
  const takeNow = (records: number): boolean => {
    const batch = window.batchFor(sink, { records, bytes: Number.MAX_SAFE_INTEGER });
    if (batch === undefined) return false;
    for (const record of batch.records) {
      taken.push(record.id);
      if ('gap' in record) gaps.push(record);
    }
    window.settle(sink, batch.end);
    settledBell.ring();
    return true;
  };
  const under: Reading = {
    clock,
    store,
    window,
    progress,
    happenings,
    turns,
    taken,
    gaps,
    accepting,
    async take(records = Number.MAX_SAFE_INTEGER) {
      takeNow(records);
      await settled();
    },
    told: (what) => happenings.filter((happening) => happening.what === what) as never,
    ends: () => under.told('watch ended').map(({ because }) => because),
    ended: ended.catch((error: unknown) => error),
  };
  const consuming = (async () => {
    for (;;) if (!under.accepting || !takeNow(Number.MAX_SAFE_INTEGER)) await arrived.rung(stop.signal);
  })().catch(() => undefined);
  onTestFinished(async () => {
    stop.abort();
    await Promise.all([under.ended, consuming]);
  });
  await settled();
  return under;
}

/** The ids of versions, as the store wrote them. */
export function idsOf(written: readonly { readonly id: string }[]): readonly string[] {
  return written.map(({ id }) => id);
}
