import { describe, expect, test } from 'vitest';
import { settled } from '../../support/manual-clock.ts';
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

test('a server that reports 410: is asked about the position of a quiet watch once, until its first 410', async () => {
  const { store, clock, told, gaps, progress } = await reading({ token });
  for (let compactions = 0; compactions < 24; compactions += 1) {
    store.pass(100);
    await clock.pass(5 * minute);
    store.compact();
  }
  expect(store.count('exact list')).toBe(1);
  expect(told('relist').length).toBeGreaterThan(5);
  expect(new Set(told('relist').map(({ because }) => because))).toEqual(new Set(['expired']));
  expect(gaps).toEqual([]);
  expect(progress.live).toBeGreaterThan((token.asOf ?? 0) + 100 * minute);
});

test('a position that is compacted while its quiet watch is verified: is left to the next watch to report', async () => {
  const { store, clock, told } = await reading({ token });
  store.pass(100);
  store.compact();
  await clock.pass(minute);
  expect(told('relist')).toMatchObject([{ because: 'expired' }]);
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
    expect(taken).toHaveLength(1);
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

  test('after more frames than can be left of a history: the list begins where the watch ended', async () => {
    const { store, clock, told } = await reading({ token });
    for (let frames = 0; frames < 20_000; frames += 1) {
      store.pass(1);
      store.bookmark();
    }
    await clock.pass(1);
    store.endStreams(failure('API_EXPIRED', 'compacted'));
    await clock.pass(minute);
    expect(told('relist')).toEqual([{ what: 'relist', because: 'expired', from: String(store.revision) }]);
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
