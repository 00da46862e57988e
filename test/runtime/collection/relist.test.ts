import { describe, expect, test } from 'vitest';
import { refusal } from '../../support/named-object.ts';
import { settled } from '../../support/manual-clock.ts';
import { tokenAt } from '../token/tokens.ts';
import { idsOf, reading } from './reading.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `event-${String(index).padStart(3, '0')}`);

describe('a first start', () => {
  test('lists everything there is, in pages of one snapshot, and watches from the first page', async () => {
    const { store, taken, progress, happenings } = await reading({
      pageSize: 10,
      before: (events) => names(25).forEach((name) => events.create(name)),
    });
    expect(taken).toEqual(idsOf(store.written));
    expect(store.verbs).toEqual(['list', 'list', 'list', 'watch']);
    expect(store.requests.at(-1)?.from).toBe(120);
    expect(progress.token.position).toBe(120n);
    expect(happenings).toContainEqual({ what: 'relisted', from: '0', to: '120', items: 25, kept: 25 });
  });

  test('records no gap', async () => {
    const { gaps, taken } = await reading({ before: (events) => void events.create('one') });
    expect(taken).toHaveLength(1);
    expect(gaps).toEqual([]);
  });

  test('whose list had to begin anew after the TTL says what expired between', async () => {
    const under = await reading({
      pageSize: 10,
      offersRest: false,
      windowBytes: 1_000,
      accepting: false,
      before: (events) => names(25).forEach((name) => events.create(name)),
    });
    const { clock, store, gaps } = under;
    await clock.pass(2 * 3_600_000);
    store.compact();
    under.accepting = true;
    await under.take();
    await clock.pass(60_000);
    expect(gaps).toMatchObject([{ gap: { from: { resourceVersion: '0' }, reason: 'expired', certain: true } }]);
  });
});

describe('a relist', () => {
  const resumed = { token: tokenAt(100n, { asOf: Date.parse('2029-12-31T19:00:00Z') }) };

  test('hands on what is newer than the position and no newer than its first page; the rest comes on the watch', async () => {
    const { store, taken, progress } = await reading({
      ...resumed,
      pageSize: 10,
      before: (events) => {
        names(25).forEach((name) => events.create(name));
        events.compact();
        events.next('list', (apply) => apply());
        events.next('list', (apply) => {
          events.update('event-024');
          return apply();
        });
      },
    });
    expect(taken).toEqual(idsOf(store.written.filter(({ revision }) => revision > 100)));
    expect(store.verbs).toEqual(['watch', 'list', 'list', 'list', 'probe', 'watch', 'exact list']);
    expect(progress.token.position).toBe(121n);
  });

  test('keeps the token where it was until all of the list is settled, and then moves it at one stroke', async () => {
    const under = await reading({
      ...resumed,
      windowBytes: 3_000,
      accepting: false,
      before: (events) => {
        names(25).forEach((name) => events.create(name));
        events.compact();
      },
    });
    const { progress, taken, turns } = under;
    while (taken.length < 19) {
      await under.take(1);
      expect(progress.token.position).toBe(100n);
    }
    expect(turns).toEqual([120n]);
    await under.take(1);
    expect(progress.token.position).toBe(120n);
  });

  test('asks a failed page again, with its continue token, as often as it takes', async () => {
    const { store, taken, clock } = await reading({
      pageSize: 10,
      before: (events) => {
        names(25).forEach((name) => events.create(name));
        events.next('list', (apply) => apply());
        for (let failures = 0; failures < 50; failures += 1) events.next('list', refusal('API_UNAVAILABLE'));
      },
    });
    await clock.pass(3_600_000);
    expect(taken).toEqual(idsOf(store.written));
    const lists = store.requests.filter(({ verb }) => verb === 'list');
    expect(new Set(lists.slice(1, -1).map(({ continueToken }) => continueToken)).size).toBe(1);
    expect(lists).toHaveLength(53);
  });

  test('that fails from the first page on is repeated with growing pauses for ever', async () => {
    const { store, taken, clock } = await reading({
      before: (events) => {
        events.create('one');
        for (let failures = 0; failures < 200; failures += 1) events.next('list', refusal('API_FORBIDDEN'));
      },
    });
    await clock.pass(60_000);
    expect(store.count('list')).toBeLessThan(10);
    await clock.pass(3 * 3_600_000);
    expect(store.count('list')).toBe(201);
    expect(taken).toEqual([]);
    const {
      store: others,
      clock: othersClock,
      taken: theirs,
    } = await reading({
      before: (events) => {
        events.create('one');
        for (let failures = 0; failures < 60; failures += 1) events.next('list', refusal('API_UNAVAILABLE'));
      },
    });
    await othersClock.pass(1_800_000);
    expect(theirs).toEqual(idsOf(others.written));
  });

  test('waits as long as the server asks', async () => {
    const { store, clock } = await reading({
      before: (events) => events.next('list', refusal('API_THROTTLED', { retryAfterMs: 45_000 })),
    });
    await clock.pass(44_999);
    expect(store.count('list')).toBe(1);
    await clock.pass(1);
    expect(store.count('list')).toBe(2);
  });

  test('whose continue token expired goes on with the rest that the server offers, and watches from its first page', async () => {
    const { store, taken, progress, clock } = await reading({
      pageSize: 10,
      before: (events) => {
        names(25).forEach((name) => events.create(name));
        events.next('list', (apply) => apply());
        events.next('list', (apply) => {
          events.create('late');
          events.compact();
          return apply();
        });
      },
    });
    await clock.pass(1_000);
    expect(store.verbs.slice(0, 4)).toEqual(['list', 'list', 'list', 'list']);
    expect(JSON.parse(store.requests[2]?.continueToken ?? '')).toEqual({ after: 'shop/event-009' });
    expect(store.requests.filter(({ verb }) => verb === 'watch').map(({ from }) => from)).toEqual([120, 121]);
    expect(new Set(taken)).toEqual(new Set(idsOf(store.written)));
    expect(taken).toHaveLength(26);
    expect(progress.token.position).toBe(121n);
  });

  test('whose continue token expired without a rest begins anew, and hands nothing on twice', async () => {
    const { store, taken, progress } = await reading({
      pageSize: 10,
      offersRest: false,
      before: (events) => {
        names(25).forEach((name) => events.create(name));
        events.next('list', (apply) => apply());
        events.next('list', (apply) => {
          events.create('early');
          events.update('event-003');
          events.update('event-024');
          events.compact();
          return apply();
        });
      },
    });
    expect(taken).toHaveLength(new Set(taken).size);
    const last = new Map(store.written.map(({ key, id }) => [key, id]));
    expect(taken).toEqual(expect.arrayContaining([...last.values()]));
    expect(taken).toHaveLength(27);
    expect(progress.token.position).toBe(123n);
  });

  test('whose every continue token expires is not repeated without a pause', async () => {
    for (const offersRest of [true, false]) {
      const { store, clock } = await reading({
        pageSize: 1,
        offersRest,
        before: (events) => {
          names(3).forEach((name) => events.create(name));
          for (let lists = 0; lists < 1_000; lists += 1)
            events.next('list', (apply) => {
              const page = apply();
              events.pass(1);
              events.compact();
              return page;
            });
        },
      });
      await clock.pass(60_000);
      expect(store.count('list')).toBeLessThan(50);
    }
  });

  test('drops and counts an item that has no readable identity, and keeps the others', async () => {
    const { taken, told } = await reading({
      before: (events) => {
        events.create('one');
        events.create('two', { metadata: { name: 'two' } });
        events.create('three');
      },
    });
    expect(taken).toEqual(['uid-1.96', 'uid-3.98']);
    expect(told('event dropped')).toMatchObject([{ reason: 'malformed', records: 1 }]);
  });
});

describe('the gap of a relist', () => {
  const start = Date.parse('2029-12-31T19:00:00Z');

  test('is decided after the last page, comes after all of the list, and holds the token back like the rest', async () => {
    const under = await reading({
      token: tokenAt(100n, { asOf: start - 2 * 3_600_000, history: 3 }),
      windowBytes: 1_000,
      before: (events) => {
        names(12).forEach((name) => events.create(name));
        events.compact();
      },
    });
    const { gaps, taken, progress } = under;
    expect(taken).toEqual([...idsOf(under.store.written.slice(5)), 'gap.cluster.3.100']);
    expect(gaps).toEqual([
      {
        schema: 'eventbaton.io/v1',
        id: 'gap.cluster.3.100',
        cluster: { uid: 'cluster' },
        gap: {
          from: { resourceVersion: '100', time: new Date(start - 2 * 3_600_000).toISOString() },
          to: { resourceVersion: '107', time: new Date(start).toISOString() },
          reason: 'expired',
          certain: true,
        },
      },
    ]);
    expect(progress.token.position).toBe(107n);
  });

  test('until it is settled leaves the as-of that proves it, so that a crash cannot lose it', async () => {
    const asOf = start - 2 * 3_600_000;
    const under = await reading({
      token: tokenAt(100n, { asOf }),
      before: (events) => {
        names(12).forEach((name) => events.create(name));
        events.compact();
        events.next('list', refusal('API_UNAVAILABLE'));
      },
    });
    under.accepting = false;
    await under.clock.pass(1_000);
    expect(under.window.records).toBe(8);
    expect(under.progress.token).toMatchObject({ position: 100n, asOf });
    await under.take(7);
    expect(under.progress.token).toMatchObject({ position: 100n, asOf });
    await under.take(1);
    expect(under.progress.token).toMatchObject({ position: 107n, asOf: start + 500 });
  });

  test('is none after a short absence, and none where something older than the position is still there', async () => {
    const short = await reading({
      token: tokenAt(100n, { asOf: start - 1_800_000 }),
      before: (events) => {
        events.pass(20);
        events.compact();
      },
    });
    expect(short.turns).toHaveLength(1);
    expect(short.gaps).toEqual([]);
    const survived = await reading({
      token: tokenAt(96n, { asOf: start + 120_000 }),
      before: (events, clock) => {
        events.create('survivor');
        events.pass(20);
        clock.advance(3_600_000);
        events.compact();
      },
    });
    expect(survived.turns).toHaveLength(1);
    expect(survived.gaps).toEqual([]);
  });

  test('is decided by what an expired list still held when its rest was read, not by what stood on its first page', async () => {
    const under = await reading({
      token: tokenAt(110n, { asOf: start + 90_000 }),
      pageSize: 10,
      windowBytes: 1_000,
      accepting: false,
      before: (events, clock) => {
        names(15).forEach((name) => events.create(name));
        clock.advance(100_000);
        ['x', 'y', 'z'].forEach((name) => events.create(name));
        clock.advance(3_500_000);
        ['event-000-a', 'event-000-b'].forEach((name) => events.create(name));
        events.compact();
      },
    });
    const { clock, store, gaps, taken } = under;
    expect(store.names).toContain('event-001');
    await clock.pass(600_000);
    expect(store.names).toEqual(['event-000-a', 'event-000-b']);
    store.compact();
    under.accepting = true;
    await under.take();
    await clock.pass(1_000);
    expect(taken).not.toContain('uid-16.111');
    expect(gaps).toMatchObject([{ gap: { from: { resourceVersion: '110' } } }]);
  });
});

describe('a history that goes back while it is listed', () => {
  test('is noticed on the first page, though the store has passed the old position by the time of the next probe', async () => {
    const { store, taken, gaps, progress, clock } = await reading({
      token: tokenAt(100n, { asOf: Date.parse('2029-12-31T19:00:00Z'), history: 1 }),
      before: (events) => {
        const early = events.snapshot();
        names(12).forEach((name) => events.create(name));
        events.compact();
        events.next('list', (apply) => {
          events.restore(early);
          events.create('new');
          const page = apply();
          events.pass(1_000);
          return page;
        });
      },
    });
    await clock.pass(1_000);
    expect(progress.history).toBe(2);
    expect(gaps).toMatchObject([{ gap: { reason: 'rewound', from: { resourceVersion: '100' } } }]);
    expect(taken).toContain(store.written.at(-1)?.id);
  });

  test('is noticed between two pages, where the store has no answer for the rest of the list', async () => {
    const under = await reading({
      pageSize: 10,
      before: (events) => {
        const early = events.snapshot();
        names(25).forEach((name) => events.create(name));
        events.next('list', (apply) => apply());
        events.next('list', (apply) => {
          events.restore(early);
          events.create('new');
          return apply();
        });
      },
    });
    await under.clock.pass(5_000);
    await settled();
    expect(under.progress.history).toBe(1);
    expect(under.taken).toContain(under.store.written.at(-1)?.id);
    expect(under.gaps).toMatchObject([{ gap: { reason: 'rewound' } }]);
  });
});
