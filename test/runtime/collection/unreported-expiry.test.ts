import { describe, expect, test } from 'vitest';
import type { CollectorError } from '../../../runtime/src/support/errors.ts';
import { type ManualClock, settled } from '../../support/manual-clock.ts';
import { failure, refusal } from '../../support/named-object.ts';
import type { EventStore } from '../../support/event-source.ts';
import { tokenAt } from '../token/tokens.ts';
import { idsOf, reading } from './reading.ts';

/** A token that stands where the store begins. */
const token = tokenAt(95n, { asOf: Date.parse('2029-12-31T19:00:00Z') });
const minute = 60_000;

/** Two versions that the token does not cover, and no history from before them. */
const writtenAndCompacted = (store: EventStore) => {
  store.create('one');
  store.create('two');
  store.pass(10);
  store.compact();
};

describe('a server that answers a watch from a compacted position with an empty stream', () => {
  const silent = { token, onExpired: 'empty', before: writtenAndCompacted } as const;

  test('is asked whether the position can be read after three such watches, and then listed: nothing is lost', async () => {
    const { store, taken, clock, told } = await reading(silent);
    await clock.pass(5_000);
    expect(taken).toEqual(idsOf(store.written));
    expect(store.verbs).toEqual(['watch', 'probe', 'watch', 'probe', 'watch', 'exact list', 'list', 'probe', 'watch']);
    expect(store.requests.find(({ verb }) => verb === 'exact list')?.from).toBe(95);
    expect(told('relist')).toEqual([{ what: 'relist', because: 'expired_unreported', from: '95' }]);
  });

  test('after more than the TTL: the gap is recorded as after 410', async () => {
    const { store, gaps, clock } = await reading({
      ...silent,
      before: (events, time) => {
        writtenAndCompacted(events);
        time.advance(2 * 60 * minute);
        events.compact();
      },
    });
    store.create('after');
    await clock.pass(minute);
    expect(gaps).toMatchObject([{ gap: { from: { resourceVersion: '95' }, reason: 'expired', certain: true } }]);
  });

  test.each([5_000, 20_000, 3_600_000])(
    'that lasts %i ms: is listed all the same, and nothing is lost',
    async (emptyMs) => {
      const { store, taken, clock, told, progress } = await reading({ ...silent, emptyMs });
      const before = progress.live;
      await clock.pass(minute / 2 - 1);
      expect(progress.live).toBe(before);
      await clock.pass(minute);
      expect(taken).toEqual(idsOf(store.written));
      expect(told('relist')).toEqual([{ what: 'relist', because: 'expired_unreported', from: '95' }]);
    },
  );

  test('does not move as-of by accepting such watches', async () => {
    const { progress, clock, store } = await reading({ token, onExpired: 'empty' });
    const before = progress.live;
    store.pass(10);
    store.compact();
    store.endStreams();
    await clock.pass(2_000);
    expect(progress.live).toBe(before);
  });
});

describe('a server that ends each watch at once although the position can be read', () => {
  const endless = (events: EventStore, lastsMs: number, wait: (ms: number) => Promise<void>) => {
    for (let watches = 0; watches < 5_000; watches += 1)
      events.next('watch', (apply) => {
        const stream = apply();
        if (lastsMs === 0) events.endStreams();
        else void wait(lastsMs).then(() => events.endStreams());
        return stream;
      });
  };

  test.each([0, 1_000])('after %i ms: never lists, whatever is written to other objects', async (lastsMs) => {
    const { store, clock, told } = await reading({
      token,
      before: (events, time) => endless(events, lastsMs, (ms) => time.sleep(ms, new AbortController().signal)),
    });
    for (let round = 0; round < 60; round += 1) {
      store.pass(100);
      await clock.pass(minute / 2);
    }
    expect(store.count('watch')).toBeGreaterThan(50);
    expect(told('relist')).toEqual([]);
  });

  test.each([1_000, 5_000])('after %i ms: as-of follows nevertheless', async (lastsMs) => {
    const { clock, progress } = await reading({
      token,
      before: (events, time) => endless(events, lastsMs, (ms) => time.sleep(ms, new AbortController().signal)),
    });
    await clock.pass(10 * minute);
    expect(progress.live).toBeGreaterThan((token.asOf ?? 0) + 9 * minute);
  });

  test('without any time to bring something: leaves as-of where it is', async () => {
    const { clock, progress } = await reading({
      token,
      before: (events) => endless(events, 0, () => Promise.resolve()),
    });
    await clock.pass(10 * minute);
    expect(progress.live).toBe(token.asOf);
  });

  test('verifies the position once in three watches at most', async () => {
    const { store, clock } = await reading({
      token,
      before: (events) => endless(events, 0, () => Promise.resolve()),
    });
    await clock.pass(10 * minute);
    expect(store.count('exact list')).toBeGreaterThan(0);
    expect(store.count('exact list')).toBeLessThanOrEqual(store.count('watch') / 3);
  });

  test('and does not answer whether the position can be read: is listed once in a twelfth of the TTL at most', async () => {
    const { store, clock, told, taken } = await reading({
      token,
      before: (events) => {
        endless(events, 0, () => Promise.resolve());
        for (let lists = 0; lists < 500; lists += 1) events.next('exact list', refusal('API_UNAVAILABLE'));
      },
    });
    await clock.pass(60 * minute);
    const relists = told('relist');
    expect(new Set(relists.map(({ because }) => because))).toEqual(new Set(['unverified']));
    expect(relists.length).toBeGreaterThan(6);
    expect(relists.length).toBeLessThanOrEqual(12);
    expect(taken).toEqual(idsOf(store.written));
  });
});

test('a quiet cluster whose server reports 410: is asked about the position of a watch once at most', async () => {
  const { store, clock, told, gaps, progress } = await reading({ token, before: (events) => events.pass(100) });
  for (let compactions = 0; compactions < 24; compactions += 1) {
    await clock.pass(5 * minute);
    store.compact();
    store.pass(100);
  }
  expect(store.count('exact list')).toBeGreaterThan(0);
  expect(store.count('exact list')).toBeLessThanOrEqual(store.count('watch'));
  expect(new Set(told('relist').map(({ because }) => because))).toEqual(new Set(['expired']));
  expect(gaps).toEqual([]);
  expect(progress.live).toBeGreaterThan((token.asOf ?? 0) + 100 * minute);
});

test('a position that is compacted while its quiet watch is verified: is left to the next watch to report', async () => {
  const { store, clock, told } = await reading({ token, before: (events) => events.pass(100) });
  store.compact();
  await clock.pass(minute);
  expect(told('relist')).toMatchObject([{ because: 'expired' }]);
});

describe('a watch from a compacted position that is accepted and brings', () => {
  /** The next watch begins at `from`, whatever was asked for, brings so many frames, and ends. */
  const begunLater = (store: EventStore, from: () => number, frames: number, error?: CollectorError) =>
    store.next('watch', async () => {
      const stream = await store.source.watch(BigInt(from()), 600, new AbortController().signal);
      let sent = 0;
      const next = async () => {
        sent += 1;
        if (sent <= frames) return stream.next();
        if (error !== undefined) throw error;
        return undefined;
      };
      return { acceptedAt: stream.acceptedAt, close: () => stream.close(), next } as never;
    });

  test.each([
    ['is cut', 1, failure('API_BROKEN', 'cut')],
    ['ends in order', 1, undefined],
    ['goes on', Number.POSITIVE_INFINITY, undefined],
  ])('what is left of the history, and %s: nothing is lost', async (_, frames, error) => {
    const { store, clock, taken } = await reading({
      token,
      before: (events) => {
        events.create('one');
        events.compact();
        events.create('two');
        begunLater(events, () => 96, frames, error);
      },
    });
    await clock.pass(minute);
    store.create('three');
    await clock.pass(4 * minute);
    expect([...taken].sort()).toEqual([...idsOf(store.written)].sort());
  });

  test('only what is written from now on, with 410 swallowed: nothing is lost', async () => {
    const { store, clock, taken } = await reading({
      token,
      before: (events) => {
        writtenAndCompacted(events);
        begunLater(events, () => events.revision, Number.POSITIVE_INFINITY);
      },
    });
    await clock.pass(5_000);
    store.create('three');
    await clock.pass(30 * minute);
    expect([...taken].sort()).toEqual([...idsOf(store.written)].sort());
  });

  test('more than the window has room for, before 410: neither token nor as-of moves, and nothing is lost', async () => {
    const under = await reading({
      token,
      onExpired: 'newest first',
      windowBytes: 500,
      accepting: false,
      before: (events, time) => {
        events.create('unread');
        time.advance(50 * minute);
        events.create('newest');
        events.compact();
      },
    });
    await under.clock.pass(5_000);
    expect(under.progress.token).toMatchObject({ position: 95n, asOf: token.asOf });
    await under.clock.pass(10_000);
    under.accepting = true;
    await under.take();
    await under.clock.pass(5 * minute);
    expect([...under.taken].sort()).toEqual([...idsOf(under.store.written)].sort());
  });

  test('nothing, after another server has reported 410: nothing is lost', async () => {
    const { store, clock, taken, told } = await reading({
      token,
      onExpired: 'empty',
      emptyMs: 60 * minute,
      before: (events) => events.next('watch', refusal('API_EXPIRED')),
    });
    await clock.pass(minute);
    expect(told('relist')).toHaveLength(1);
    store.next('probe', (apply) => {
      const probed = apply();
      writtenAndCompacted(store);
      return { ...(probed as object), resourceVersion: BigInt(store.revision) } as never;
    });
    store.endStreams();
    await clock.pass(50 * minute);
    expect(taken).toEqual(idsOf(store.written));
  });
});

describe('a server that takes 200 ms for a probe, and ends quiet watches when a retry period is over', () => {
  const slow = (events: EventStore, time: ManualClock, lastsMs: number) => {
    const { signal } = new AbortController();
    for (let probe = 0; probe < 2_000; probe += 1) {
      events.next('probe', async (apply) => {
        await time.sleep(200, signal);
        return apply();
      });
      events.next('watch', (apply) => {
        const stream = apply();
        void time.sleep(lastsMs, signal).then(() => events.endStreams());
        return stream;
      });
    }
  };

  test.each([15_000, 15_100])('of %i ms: a compacted position is noticed', async (emptyMs) => {
    const { store, clock, taken } = await reading({
      token,
      onExpired: 'empty',
      emptyMs,
      before: (events, time) => {
        writtenAndCompacted(events);
        slow(events, time, emptyMs);
      },
    });
    await clock.pass(10 * minute);
    expect(taken).toEqual(idsOf(store.written));
  });

  test('of 15.1 s: as-of follows, and no false gap is recorded', async () => {
    const { store, clock, gaps } = await reading({ token, before: (events, time) => slow(events, time, 15_100) });
    await clock.pass(120 * minute);
    store.pass(10);
    store.compact();
    await clock.pass(minute);
    expect(gaps).toEqual([]);
  });
});

describe('a server that never answers whether a position can be read', () => {
  const unanswered = (events: EventStore) => {
    for (let lists = 0; lists < 5_000; lists += 1) events.next('exact list', refusal('API_UNAVAILABLE'));
  };

  test('and hides that it cannot: the position is listed', async () => {
    const { store, clock, taken } = await reading({
      token,
      onExpired: 'empty',
      emptyMs: 20_000,
      before: (events) => {
        writtenAndCompacted(events);
        unanswered(events);
      },
    });
    await clock.pass(60 * minute);
    expect(taken).toEqual(idsOf(store.written));
  });

  test('and is quiet for two hours: no false gap is recorded, and it is listed once in a twelfth of the TTL at most', async () => {
    const { store, clock, gaps } = await reading({
      token,
      before: (events) => {
        events.pass(1);
        unanswered(events);
      },
    });
    await clock.pass(120 * minute);
    expect(store.count('list')).toBeLessThanOrEqual(24);
    expect(store.count('exact list')).toBeLessThanOrEqual(3 * store.count('watch'));
    store.pass(10);
    store.compact();
    store.endStreams();
    await clock.pass(minute);
    expect(gaps).toEqual([]);
  });

  test('and is busy: Events are read all the same', async () => {
    const { store, clock, taken } = await reading({
      token,
      before: (events) => {
        events.create('one');
        unanswered(events);
      },
    });
    await clock.pass(minute);
    store.create('two');
    await clock.pass(10 * minute);
    store.endStreams();
    store.create('three');
    await clock.pass(minute);
    expect(taken).toEqual(idsOf(store.written));
  });
});

describe('a position that has always left the history when its list is over', () => {
  test('reported late: is listed again ever more slowly', async () => {
    const { store, clock } = await reading({
      token,
      before: (events, time) => {
        for (let watches = 0; watches < 5_000; watches += 1)
          events.next('watch', async (_, { signal }) => {
            await time.sleep(1_100, signal);
            throw failure('API_EXPIRED', 'compacted', { status: 410 });
          });
      },
    });
    await clock.pass(10 * minute);
    expect(store.count('list')).toBeLessThan(50);
  });

  test('reported after a frame: is listed again ever more slowly', async () => {
    const { store, clock } = await reading({
      token,
      before: (events) => {
        for (let watches = 0; watches < 300; watches += 1)
          events.next('watch', (apply) => {
            const stream = apply();
            events.create(`event-${watches}`);
            events.endStreams(failure('API_EXPIRED', 'compacted', { status: 410 }));
            return stream;
          });
      },
    });
    await clock.pass(10 * minute);
    expect(store.count('list')).toBeLessThan(50);
  });
});

describe('a server that sends the newest frames before it says that the history is gone', () => {
  const newest = { token, onExpired: 'newest first', before: writtenAndCompacted } as const;

  test('is listed from where that watch began: nothing is lost, and nothing comes twice', async () => {
    const { store, taken, clock } = await reading(newest);
    await clock.pass(minute);
    expect([...taken].sort()).toEqual([...idsOf(store.written)].sort());
  });

  test('and is listed: meanwhile the token stands where that watch began, with the as-of of there', async () => {
    const { progress, clock, store, taken } = await reading({
      ...newest,
      before: (events, time) => {
        events.create('unread');
        time.advance(10 * minute);
        writtenAndCompacted(events);
        for (let lists = 0; lists < 3; lists += 1) events.next('list', refusal('API_UNAVAILABLE'));
      },
    });
    await clock.pass(1_000);
    expect(taken).toEqual([]);
    expect(progress.token).toMatchObject({ position: 95n, asOf: token.asOf });
    await clock.pass(minute);
    expect([...taken].sort()).toEqual([...idsOf(store.written)].sort());
    expect(progress.token.position).toBe(BigInt(store.revision));
  });

  test('after more than the TTL: the gap begins where the watch began', async () => {
    const { gaps, clock } = await reading({
      ...newest,
      before: (events, time) => {
        events.create('unread');
        time.advance(2 * 60 * minute);
        events.create('newest');
        events.compact();
      },
    });
    await clock.pass(minute);
    expect(gaps).toMatchObject([{ gap: { from: { resourceVersion: '95' }, certain: true } }]);
  });

  test('long after the watch was accepted: the list begins where the watch ended', async () => {
    const { store, clock, told, taken } = await reading({ token });
    store.create('one');
    await clock.pass(minute);
    store.create('two');
    await settled();
    store.endStreams(failure('API_EXPIRED', 'compacted'));
    await clock.pass(minute);
    expect(told('relist')).toMatchObject([{ because: 'expired', from: '97' }]);
    expect(taken).toEqual(idsOf(store.written));
  });
});
