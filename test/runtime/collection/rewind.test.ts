import { describe, expect, test } from 'vitest';
import type { EventStore, Snapshot } from '../../support/event-source.ts';
import { settled } from '../../support/manual-clock.ts';
import { failure } from '../../support/named-object.ts';
import { tokenAt } from '../token/tokens.ts';
import { idsOf, reading } from './reading.ts';

const asOf = Date.parse('2029-12-31T19:00:00Z');

/** A reader at 105 of a store that can be put back to 95, where one event of before stands. */
async function rewindable() {
  let early: Snapshot | undefined;
  const under = await reading({
    token: tokenAt(96n, { asOf, history: 4 }),
    before: (store) => {
      store.create('before');
      early = store.snapshot();
      for (let number = 1; number <= 9; number += 1) store.create(`lost-${number}`);
    },
  });
  const rewind = (store: EventStore) => early !== undefined && store.restore(early);
  return { ...under, under, rewind };
}

describe('a history that went back', () => {
  test('under an open and silent watch is noticed by the probe within one retry period', async () => {
    const { store, clock, progress, rewind, told } = await rewindable();
    await clock.pass(20_000);
    rewind(store);
    await clock.pass(10_000 + 500);
    expect(progress.history).toBe(5);
    expect(told('history rewound')).toEqual([{ what: 'history rewound', seen: '105', found: '96' }]);
    expect(store.requests.at(-1)).toMatchObject({ verb: 'watch', from: 96 });
  });

  test('is noticed before the next watch', async () => {
    const { store, clock, progress, rewind } = await rewindable();
    rewind(store);
    store.endStreams();
    await clock.pass(500);
    expect(progress.history).toBe(5);
  });

  test('is followed by a list of everything there is, and a gap record from where the old one broke off', async () => {
    const { store, clock, taken, gaps, progress, turns, rewind } = await rewindable();
    rewind(store);
    store.create('after');
    await clock.pass(16_000);
    expect(taken.slice(9)).toEqual([store.written.at(-1)?.id, 'uid-1.96', 'gap.cluster.5.105']);
    expect(gaps).toMatchObject([
      { gap: { from: { resourceVersion: '105' }, to: { resourceVersion: '97' }, reason: 'rewound', certain: true } },
    ]);
    expect(progress.token).toMatchObject({ position: 97n, history: 5, gapFrom: undefined });
    expect(turns).toEqual([0n, 97n]);
    store.create('later');
    await settled();
    expect(taken.at(-1)).toBe(store.written.at(-1)?.id);
  });

  test('owes the gap record until that is settled', async () => {
    const { under, store, clock, rewind } = await rewindable();
    under.accepting = false;
    rewind(store);
    await clock.pass(16_000);
    const owing = { position: 0n, history: 5, gapFrom: { resourceVersion: '105' } };
    expect(under.progress.token).toMatchObject(owing);
    await under.take(1);
    expect(under.progress.token).toMatchObject(owing);
    await under.take();
    expect(under.progress.token).toMatchObject({ position: 96n, gapFrom: undefined });
  });

  test('still has what was read of the old one delivered', async () => {
    const { under, store, clock, rewind } = await rewindable();
    under.accepting = false;
    store.create('read');
    await settled();
    rewind(store);
    await clock.pass(16_000);
    await under.take();
    expect(under.taken.slice(9)).toEqual(['uid-11.106', 'uid-1.96', 'gap.cluster.5.105']);
  });

  test('is told from a frame too: no later frame of one stream is below an earlier one', async () => {
    const { store, clock, progress, ends, told } = await rewindable();
    store.next('watch', (apply) => {
      const stream = apply();
      const frame = { type: 'BOOKMARK', object: {}, resourceVersion: 3n, bytes: 1 } as const;
      return Object.assign(stream as object, { next: () => Promise.resolve(frame) }) as typeof stream;
    });
    store.endStreams(failure('API_BROKEN', 'cut'));
    await clock.pass(600);
    expect(ends()).toEqual(['broken', 'rewound']);
    expect(told('history rewound')).toEqual([{ what: 'history rewound', seen: '105', found: '3' }]);
    expect(progress.history).toBe(5);
  });

  test('that goes back again and again raises the history each time, and is listed once for each', async () => {
    const { store, clock, progress, rewind } = await rewindable();
    for (let round = 1; round <= 5; round += 1) {
      rewind(store);
      await clock.pass(30_000);
      expect(progress.history).toBe(4 + round);
      store.create('another');
      await settled();
    }
    expect(store.count('list')).toBe(5);
  });

  test('by no more than what was never seen is no rewind', async () => {
    const { store, clock, progress, rewind } = await rewindable();
    rewind(store);
    store.pass(9);
    await clock.pass(60_000);
    expect(progress.history).toBe(4);
  });

  test('is noticed also where only the probe before a watch had seen how far the store was', async () => {
    const { store, clock, progress, rewind } = await rewindable();
    store.pass(500);
    store.endStreams();
    await clock.pass(1_000);
    rewind(store);
    store.pass(300);
    await clock.pass(15_500);
    expect(progress.history).toBe(5);
  });

  test('according to every probe is not listed without a pause', async () => {
    const { store, clock } = await rewindable();
    for (let probes = 0; probes < 1_000; probes += 1)
      store.next('probe', (apply) => ({ ...(apply() as object), resourceVersion: 1n }) as never);
    store.endStreams();
    await clock.pass(60_000);
    expect(store.count('list')).toBeGreaterThan(1);
    expect(store.count('list')).toBeLessThan(10);
  });

  test('is noticed also where only a probe had seen how far the store was', async () => {
    const { store, clock, progress, rewind } = await rewindable();
    store.pass(500);
    await clock.pass(15_000);
    rewind(store);
    store.pass(300);
    await clock.pass(15_500);
    expect(progress.history).toBe(5);
  });
});

describe('a history that goes back while the window is full', () => {
  async function full() {
    let early: Snapshot | undefined;
    const under = await reading({
      token: tokenAt(96n, { asOf, history: 4 }),
      windowBytes: 3_000,
      before: (store) => {
        store.create('before');
        early = store.snapshot();
      },
    });
    const { store, clock } = under;
    store.pass(500);
    await clock.pass(22_000);
    under.accepting = false;
    for (let number = 0; number < 6; number += 1) store.create(`old-${number}`);
    store.pass(20);
    await settled();
    const rewindAndWrite = () => {
      if (early !== undefined) store.restore(early);
      return Array.from({ length: 5 }, (_, number) => store.create(`new-${number}`));
    };
    /** Until there is room again the store has passed the old numbers: nothing tells of the rewind any more. */
    const overtake = async () => {
      store.pass(1_000);
      await clock.pass(120_000);
      under.accepting = true;
      await under.take();
      await clock.pass(120_000);
    };
    return { under, ...under, rewindAndWrite, overtake };
  }

  /** A list of so many Events waits for room when the store is put back. */
  async function listingRewound(old: number) {
    let early: Snapshot | undefined;
    const under = await reading({
      token: tokenAt(96n, { asOf, history: 4 }),
      windowBytes: 3_000,
      accepting: false,
      before: (store) => {
        store.create('before');
        early = store.snapshot();
        for (let number = 0; number < old; number += 1) store.create(`old-${number}`);
        store.compact();
      },
    });
    expect(under.store.verbs).toEqual(['watch', 'list']);
    if (early !== undefined) under.store.restore(early);
    return under;
  }

  test('is listed also where it was noticed in the seconds before the watch was given up for want of room', async () => {
    const { under, clock, ends, rewindAndWrite, overtake } = await full();
    await clock.pass(1_000);
    const written = rewindAndWrite();
    await clock.pass(11_000);
    expect(ends()).toEqual(['rewound']);
    await overtake();
    expect(under.progress.history).toBe(5);
    expect(under.taken).toEqual(expect.arrayContaining([...idsOf(written), 'gap.cluster.5.96']));
  });

  test('is noticed within one retry period after the watch was given up', async () => {
    const { under, clock, ends, told, rewindAndWrite, overtake } = await full();
    await clock.pass(20_000);
    expect(ends()).toEqual(['stalled']);
    const written = rewindAndWrite();
    await clock.pass(15_000);
    expect(told('history rewound')).toHaveLength(1);
    await overtake();
    expect(under.progress.history).toBe(5);
    expect(under.taken).toEqual(expect.arrayContaining([...idsOf(written), 'gap.cluster.5.96']));
  });

  test('is noticed within one retry period also where it lies between the last probe and the end of the watch', async () => {
    const { clock, ends, told, rewindAndWrite } = await full();
    await clock.pass(9_000);
    rewindAndWrite();
    await clock.pass(14_000);
    expect(ends()).toEqual(['stalled']);
    expect(told('history rewound')).toHaveLength(1);
  });

  test('is noticed within a list that waits for room', async () => {
    const under = await listingRewound(6);
    const { store, clock, told } = under;
    const written = store.create('new');
    await clock.pass(15_000);
    expect(told('history rewound')).toHaveLength(1);
    store.pass(1_000);
    await clock.pass(60_000);
    under.accepting = true;
    await under.take();
    await clock.pass(60_000);
    expect(under.progress.history).toBe(5);
    expect(under.taken).toEqual(expect.arrayContaining([written.id, 'gap.cluster.5.96']));
  });

  test('is noticed within a list that always finds room after a short wait', async () => {
    const under = await listingRewound(60);
    const { clock, told } = under;
    for (let second = 0; second < 16; second += 1) {
      await clock.pass(1_000);
      await under.take(1);
    }
    expect(told('history rewound')).toHaveLength(1);
  });

  test('costs one probe each retry period while there is no room', async () => {
    const { store, clock } = await full();
    await clock.pass(20_000);
    const before = store.requests.length;
    await clock.pass(150_000);
    expect(store.verbs.slice(before)).toEqual(Array.from({ length: 10 }, () => 'probe'));
  });
});

describe('a token that a person moved forward', () => {
  const gapFrom = { resourceVersion: '60', time: '2029-12-31T18:00:00.000Z' };
  const token = tokenAt(95n, { asOf, history: 2, gapFrom });

  test('has the gap recorded first, with the id that it has in every term', async () => {
    const { store, taken, gaps } = await reading({ token });
    store.create('one');
    await settled();
    expect(taken).toEqual(['gap.cluster.2.60', 'uid-1.96']);
    expect(gaps).toMatchObject([
      { gap: { from: gapFrom, to: { resourceVersion: '95' }, reason: 'moved', certain: true } },
    ]);
  });

  test('owes the record until that is settled, and not any longer', async () => {
    const under = await reading({ token, accepting: false });
    under.store.create('one');
    await settled();
    expect(under.progress.token).toMatchObject({ position: 95n, gapFrom, asOf });
    await under.take(1);
    expect(under.progress.token).toMatchObject({ position: 95n, gapFrom: undefined });
    await under.take(1);
    expect(under.progress.token).toMatchObject({ position: 96n, gapFrom: undefined });
  });

  test('is not listed for it', async () => {
    const { store, clock } = await reading({ token });
    await clock.pass(60_000);
    expect(store.count('list')).toBe(0);
  });
});

test('what is listed of a new history is all of it, also what an old position would have covered', async () => {
  const { store, taken } = await reading({
    token: tokenAt(0n, { history: 7, gapFrom: { resourceVersion: '5000' } }),
    start: { act: 'list', because: 'rewound' },
    before: (events) => {
      events.create('one');
      events.create('two');
    },
  });
  expect(taken).toEqual([...idsOf(store.written), 'gap.cluster.7.5000']);
});
