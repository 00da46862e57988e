import { describe, expect, onTestFinished, test } from 'vitest';
import { LifetimeEvidence } from '../../../runtime/src/collection/lifetime-evidence.ts';
import { Progress } from '../../../runtime/src/collection/progress.ts';
import { read } from '../../../runtime/src/collection/reader.ts';
import { Window } from '../../../runtime/src/collection/window.ts';
import type { SinkRecord } from '../../../runtime/src/contract/event-record.ts';
import { deliver } from '../../../runtime/src/delivery/delivery.ts';
import { shapeEvent } from '../../../runtime/src/shaping/shape-event.ts';
import { Doorbell } from '../../../runtime/src/support/doorbell.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import { Term } from '../../../runtime/src/term.ts';
import { EventStore } from '../../support/event-source.ts';
import { manualClock, settled } from '../../support/manual-clock.ts';
import { tokenAt } from '../token/tokens.ts';
import { accepted, refused, usual } from './sending.ts';

/** A reader and a delivery with a window of eight Events between them; the sink refuses whatever holds one of the large ones. */
async function underway() {
  const clock = manualClock();
  const store = new EventStore({ clock });
  const token = tokenAt(95n, { asOf: store.time });
  const window = new Window(8_000, [{ name: 'archive', required: true, position: token.position }]);
  const progress = new Progress(
    token,
    window,
    { api: () => store.time, own: () => store.time },
    new LifetimeEvidence({ eventTtlMs: 3_600_000, namespaces: 2, facts: undefined }),
  );
  const happenings: Happening[] = [];
  const cluster = { uid: 'cluster' };
  const stop = new AbortController();
  const common = {
    arrived: new Doorbell(),
    settled: new Doorbell(),
    clock,
    random: usual.random,
    report: (happening: Happening) => void happenings.push(happening),
  };
  const taken: string[] = [];
  const isLarge = (record: SinkRecord) => 'event' in record && record.event.name.startsWith('large');
  const send = async (records: readonly SinkRecord[]) => {
    if (records.some(isLarge)) return refused;
    taken.push(...records.map(({ id }) => id));
    return accepted;
  };
  const reading = read(
    {
      ...common,
      source: store.source,
      window,
      progress,
      cluster,
      shape: (event, change) => shapeEvent(event, change, cluster),
      eventTtlMs: 3_600_000,
      retryPeriodMs: 15_000,
      onTurn: () => undefined,
    },
    { act: 'watch', token, origin: '' },
    stop.signal,
  ).catch(() => undefined);
  const delivering = deliver(
    {
      ...common,
      ...usual,
      limits: { records: 500, bytes: 1_000 },
      sink: { name: 'archive', required: true, send, reopen: async () => undefined, close: async () => undefined },
      backlog: window,
      term: new Term({ number: 1, holder: 'collector-a', startedAt: 0, renewDeadlineMs: 1e9, clock }),
    },
    { stop: stop.signal, abort: stop.signal },
  );
  onTestFinished(async () => {
    stop.abort();
    await Promise.all([reading, delivering]);
  });
  await settled();
  const drops = () => happenings.filter(({ what }) => what === 'event dropped').length;
  return { clock, store, taken, progress, drops };
}

describe('a burst of Events that the sink refuses, larger than the window, stops nobody else’s', () => {
  test.each([
    {
      burst: 'of many objects',
      large: (store: EventStore) => range(30).forEach((at) => store.create(`large-${at}`)),
      many: 30,
    },
    {
      burst: 'of versions of one object',
      large: (store: EventStore) => {
        store.create('large');
        range(29).forEach(() => store.update('large'));
      },
      many: 30,
    },
  ])('$burst, where the sink had accepted others', async ({ large, many }) => {
    const { clock, store, taken, progress, drops } = await underway();
    const before = range(3).map((at) => store.create(`before-${at}`));
    await clock.pass(1_000);
    large(store);
    const after = range(100).map((at) => store.create(`after-${at}`));
    await clock.pass(15 * 60_000);
    expect(drops()).toBe(many);
    expect([...before, ...after].filter(({ id }) => !taken.includes(id))).toEqual([]);
    expect(progress.token.position).toBe(BigInt(store.revision));
    // Once more at the most for each that was given up.
    expect(taken.length - new Set(taken).size).toBeLessThanOrEqual(many);
  });

  test('of a refused object that is updated faster than others come', async () => {
    const { clock, store, taken, drops } = await underway();
    const others = [store.create('before')];
    store.create('large');
    for (let second = 0; second < 60; second += 1) {
      for (let update = 0; update < 3; update += 1) store.update('large');
      others.push(store.create(`other-${second}`));
      await clock.pass(1_000);
    }
    await clock.pass(180 * 60_000);
    for (let second = 60; second < 70; second += 1) {
      others.push(store.create(`other-${second}`));
      await clock.pass(1_000);
    }
    expect(others.filter(({ id }) => !taken.includes(id))).toEqual([]);
    expect(drops()).toBe(181);
  });

  test('less than twice the window, where the sink had accepted nothing', async () => {
    const { clock, store, taken, progress, drops } = await underway();
    range(12).forEach((at) => store.create(`large-${at}`));
    const after = range(100).map((at) => store.create(`after-${at}`));
    await clock.pass(15 * 60_000);
    expect(drops()).toBe(12);
    expect(after.filter(({ id }) => !taken.includes(id))).toEqual([]);
    expect(progress.token.position).toBe(BigInt(store.revision));
  });
});

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index);
}
