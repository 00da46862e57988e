import { describe, expect, test } from 'vitest';
import { CollectorError } from '../../../runtime/src/support/errors.ts';
import type { EventStore } from '../../support/event-source.ts';
import { settled } from '../../support/manual-clock.ts';
import { failure, refusal } from '../../support/named-object.ts';
import { tokenAt } from '../token/tokens.ts';
import { idsOf, reading } from './reading.ts';

/** A token that stands where the store begins. */
const token = tokenAt(95n, { asOf: Date.parse('2029-12-31T19:00:00Z') });
const cut = () => failure('API_BROKEN', 'the stream was cut');
const minute = 60_000;

describe('a reader in the steady state', () => {
  test('hands on each version as it comes, and moves the position with it', async () => {
    const { store, taken, progress } = await reading({ token });
    store.create('one');
    store.update('one');
    store.create('two');
    await settled();
    expect(taken).toEqual(['uid-1.96', 'uid-1.97', 'uid-2.98']);
    expect(progress.token.position).toBe(98n);
  });

  test('asks for nothing but one watch, and a probe each retry period', async () => {
    const { store, clock } = await reading({ token });
    for (let second = 0; second < 300; second += 1) {
      store.create(`event-${second}`);
      await clock.pass(1_000);
    }
    expect(store.count('watch')).toBe(1);
    expect(store.count('probe')).toBe(20);
    expect(store.count('list')).toBe(0);
    expect(store.requests.filter(({ verb }) => verb === 'probe').map(({ at }) => at)).toEqual(
      Array.from({ length: 20 }, (_, index) => (index + 1) * 15_000),
    );
  });

  test('moves the position on deletions and bookmarks too, and delivers neither', async () => {
    const { store, taken, progress } = await reading({ token });
    store.create('one');
    store.delete('one');
    await settled();
    expect(progress.token.position).toBe(97n);
    store.pass(900);
    store.bookmark();
    await settled();
    expect(progress.token.position).toBe(997n);
    expect(taken).toEqual(['uid-1.96']);
  });

  test('goes through deletions that share one revision', async () => {
    const { store, taken, progress, clock, ends } = await reading({ token });
    ['one', 'two', 'three'].forEach((name) => store.create(name));
    await clock.pass(62 * minute);
    expect(store.names).toEqual([]);
    expect(store.revision).toBe(99);
    expect(taken).toHaveLength(3);
    expect(progress.token.position).toBe(99n);
    expect(ends()).not.toContain('rewound');
  });

  test('does not move the position by a probe, by time, or by the end of a watch in order', async () => {
    const { store, progress, clock } = await reading({ token });
    store.pass(500);
    await clock.pass(9 * minute);
    expect(progress.highest).toBe(595n);
    store.endStreams();
    await clock.pass(minute);
    expect(progress.token.position).toBe(95n);
    expect(store.requests.filter(({ verb }) => verb === 'watch').map(({ from }) => from)).toEqual([95, 95]);
  });

  test('ends its own watches after a twelfth to a sixth of the TTL, probes, and goes on from its position', async () => {
    const { store, clock, ends } = await reading({ token, random: () => 0.5 });
    store.create('one');
    await clock.pass(450_000 - 1);
    expect(ends()).toEqual([]);
    await clock.pass(1);
    expect(ends()).toEqual(['in order']);
    expect(store.verbs.slice(-2)).toEqual(['probe', 'watch']);
    expect(store.requests.at(-1)?.from).toBe(96);
  });

  test('pauses between watches that a server ends at once', async () => {
    const { store, clock } = await reading({
      token,
      before: (events) => {
        for (let watches = 0; watches < 1_000; watches += 1)
          events.next('watch', (apply) => {
            const stream = apply();
            events.endStreams();
            return stream;
          });
      },
    });
    expect(store.count('watch')).toBe(1);
    await clock.pass(minute);
    expect(store.count('watch')).toBeLessThan(10);
  });
});

describe('a reader whose position is no longer in the history', () => {
  test.each([
    ['at once', cut(), ['probe', 'watch', 'list']],
    ['by an ERROR frame', failure('API_EXPIRED', 'compacted'), ['list']],
  ])('is told so %s, lists what is newer, and watches from there', async (_, error, until) => {
    const { store, taken, progress, clock, told } = await reading({ token });
    store.create('one');
    await clock.pass(20_000);
    store.endStreams(error);
    store.create('two');
    store.pass(10);
    store.compact();
    await clock.pass(5_000);
    expect(taken).toEqual(idsOf(store.written));
    expect(store.count('list')).toBe(1);
    expect(told('relist')).toEqual([{ what: 'relist', because: 'expired', from: '96' }]);
    expect(progress.token.position).toBe(107n);
    expect(store.verbs).toEqual(['watch', 'probe', ...until, 'probe', 'watch']);
    expect(store.requests.at(-1)).toMatchObject({ verb: 'watch', from: 107 });
  });

  test('on a quiet stream lists once for each watch that ends, not more', async () => {
    const { store, clock, gaps } = await reading({ token });
    for (let hour = 0; hour < 4 * 12; hour += 1) {
      store.pass(100);
      store.compact();
      await clock.pass(5 * minute);
    }
    expect(store.count('list')).toBeLessThanOrEqual(24);
    expect(gaps).toEqual([]);
  });

  test('does not list without a pause where the history ends before every watch', async () => {
    const { store, clock } = await reading({
      token,
      before: (events) => {
        for (let watches = 0; watches < 1_000; watches += 1) events.next('watch', refusal('API_EXPIRED'));
      },
    });
    await clock.pass(minute);
    expect(store.count('list')).toBeGreaterThan(1);
    expect(store.count('list')).toBeLessThan(10);
  });
});

describe('a reader that is refused', () => {
  test.each(['API_FORBIDDEN', 'API_THROTTLED', 'API_UNAVAILABLE', 'API_REFUSED', 'API_NOT_FOUND'] as const)(
    'a watch with %s keeps its position, asks again with growing pauses, and never lists',
    async (code) => {
      const { store, clock, taken } = await reading({
        token,
        before: (events) => {
          for (let refusals = 0; refusals < 30; refusals += 1) events.next('watch', refusal(code));
        },
      });
      store.create('one');
      await clock.pass(minute);
      expect(store.count('watch')).toBeLessThan(9);
      await clock.pass(20 * minute);
      expect(store.count('list')).toBe(0);
      expect(new Set(store.requests.filter(({ verb }) => verb === 'watch').map(({ from }) => from))).toEqual(
        new Set([95]),
      );
      expect(taken).toEqual(idsOf(store.written));
    },
  );

  test('a probe asks again with growing pauses, and opens no watch before it is answered', async () => {
    const { store, clock } = await reading({ token });
    for (let refusals = 0; refusals < 8; refusals += 1) store.next('probe', refusal('API_FORBIDDEN'));
    store.endStreams();
    await clock.pass(30_000);
    expect(store.count('watch')).toBe(1);
    await clock.pass(5 * minute);
    expect(store.count('watch')).toBe(2);
    expect(store.count('list')).toBe(0);
  });

  test('waits as long as the server asks', async () => {
    const { store, clock } = await reading({
      token,
      before: (events) => events.next('watch', refusal('API_THROTTLED', { retryAfterMs: 45_000 })),
    });
    await clock.pass(44_999);
    expect(store.verbs).toEqual(['watch']);
    await clock.pass(1);
    expect(store.verbs).toEqual(['watch', 'probe', 'watch']);
  });

  test('starts with short pauses again once a watch has stood for a while', async () => {
    const { store, clock } = await reading({
      token,
      before: (events) => {
        for (let refusals = 0; refusals < 10; refusals += 1) events.next('watch', refusal('API_UNAVAILABLE'));
      },
    });
    await clock.pass(10 * minute);
    const before = store.count('watch');
    store.endStreams(cut());
    await clock.pass(500);
    expect(store.count('watch')).toBe(before + 1);
  });
});

describe('a reader whose accepted streams break', () => {
  const broken = (events: EventStore, error = cut()) =>
    events.next('watch', (apply) => {
      const stream = apply();
      events.endStreams(error);
      return stream;
    });

  test.each([
    ['cut', cut()],
    ['unreadable', failure('API_BROKEN', 'a frame is not JSON')],
  ])('three times at one position (%s) lists, and not before', async (_, error) => {
    const { store, clock, told } = await reading({
      token,
      before: (events) => {
        for (let breaks = 0; breaks < 3; breaks += 1) broken(events, error);
        events.pass(5);
      },
    });
    expect(store.count('list')).toBe(0);
    await clock.pass(500);
    expect(store.count('list')).toBe(0);
    await clock.pass(1_000);
    expect(store.count('list')).toBe(1);
    expect(told('relist')).toEqual([{ what: 'relist', because: 'broken', from: '95' }]);
    expect(store.requests.at(-1)).toMatchObject({ verb: 'watch', from: 100 });
  });

  test('counts anew whenever the position has moved', async () => {
    const { store, clock, taken } = await reading({ token });
    for (let round = 0; round < 10; round += 1) {
      store.create(`event-${round}`);
      await settled();
      store.endStreams(cut());
      await clock.pass(minute);
      store.endStreams(cut());
      await clock.pass(minute);
    }
    expect(store.count('list')).toBe(0);
    expect(taken).toEqual(idsOf(store.written));
  });

  test('counts no refusal as a break', async () => {
    const { store, clock } = await reading({
      token,
      before: (events) => {
        broken(events);
        events.next('watch', refusal('API_FORBIDDEN'));
        broken(events);
        events.next('watch', refusal('API_UNAVAILABLE'));
      },
    });
    await clock.pass(minute);
    expect(store.count('list')).toBe(0);
    expect(store.openStreams).toBe(1);
  });

  test('is never dead: it goes on reading after any number of them', async () => {
    const { store, clock, taken } = await reading({
      token,
      before: (events) => {
        for (let breaks = 0; breaks < 100; breaks += 1) broken(events);
      },
    });
    await clock.pass(3 * 60 * minute);
    store.create('one');
    await settled();
    expect(taken).toEqual(idsOf(store.written));
  });
});

describe('a reader whose window is full', () => {
  test('closes the watch after ten seconds without room, and opens it from its position when there is room', async () => {
    const under = await reading({ token, windowBytes: 2_000, accepting: false });
    const { store, clock, ends, taken, progress } = under;
    for (let number = 0; number < 5; number += 1) store.create(`event-${number}`);
    await clock.pass(9_999);
    expect(store.openStreams).toBe(1);
    await clock.pass(1);
    expect(ends()).toEqual(['stalled']);
    expect(store.openStreams).toBe(0);
    await clock.pass(10 * minute);
    const [watch, ...others] = store.verbs;
    expect([watch, ...new Set(others)]).toEqual(['watch', 'probe']);
    expect(progress.token.position).toBe(95n);
    under.accepting = true;
    await under.take();
    await settled();
    expect(store.requests.slice(1 + others.length)).toMatchObject([
      { verb: 'probe' },
      { verb: 'watch', from: 97 },
      { verb: 'exact list', from: 97 },
    ]);
    expect(taken).toEqual(idsOf(store.written));
  });

  test('keeps the watch where room comes in time', async () => {
    const under = await reading({ token, windowBytes: 2_000, accepting: false });
    const { store, clock, taken } = under;
    for (let number = 0; number < 4; number += 1) store.create(`event-${number}`);
    await clock.pass(9_000);
    await under.take();
    await clock.pass(9_000);
    expect(store.count('watch')).toBe(1);
    await under.take();
    expect(taken).toEqual(idsOf(store.written));
  });

  test('is not called live meanwhile: as-of stays where everything is settled', async () => {
    const under = await reading({ token, windowBytes: 1_000, accepting: false });
    const { store, clock, progress } = under;
    store.create('one');
    const since = store.time;
    store.create('two');
    await clock.pass(3 * 60 * minute);
    expect(progress.token.asOf).toBe(since);
  });
});

describe('a reader with a backlog', () => {
  test('does not count the acceptance of its watch as live while it waits for room to read what was written before that', async () => {
    const under = await reading({
      token,
      windowBytes: 1_000,
      accepting: false,
      before: (events, clock) => {
        ['one', 'two', 'three'].forEach((name) => events.create(name));
        clock.advance(20 * minute);
      },
    });
    const { store, clock, progress, ends } = under;
    await clock.pass(8_000);
    await under.take(1);
    await clock.pass(8_000);
    for (let refusals = 0; refusals < 100; refusals += 1) store.next('probe', refusal('API_UNAVAILABLE'));
    await clock.pass(8_000);
    expect(ends()).toEqual(['stalled']);
    await under.take(1);
    expect(progress.token).toMatchObject({ position: 97n, asOf: store.written[1]?.at });
  });
});

describe('a version that cannot be read', () => {
  test('in a frame without identity is dropped as malformed, counted, and does not hold the position', async () => {
    const { store, taken, told, progress } = await reading({ token });
    store.create('one', { metadata: { resourceVersion: '96' } });
    store.create('two');
    await settled();
    expect(taken).toEqual(['uid-2.97']);
    expect(told('event dropped')).toMatchObject([{ reason: 'malformed', records: 1, id: '.96' }]);
    expect(progress.token.position).toBe(97n);
  });

  test('by the shaping is dropped as unshapeable, told with its id, and settled', async () => {
    const { store, told, progress } = await reading({
      token,
      shape: () => {
        throw new TypeError('no such thing');
      },
    });
    store.create('one');
    await settled();
    expect(told('event dropped')).toEqual([
      { what: 'event dropped', reason: 'unshapeable', records: 1, id: 'uid-1.96', detail: 'no such thing' },
    ]);
    expect(progress.token.position).toBe(96n);
  });

  test('waits for nothing and hides nothing: a defect anywhere else ends the reader', async () => {
    const { store, ended, clock } = await reading({ token });
    store.next('probe', () => {
      throw new TypeError('a defect');
    });
    await clock.pass(15_000);
    expect(await ended).toBeInstanceOf(TypeError);
    expect(store.openStreams).toBe(0);
  });
});

describe('whether a version is new', () => {
  test('is told by its frame: what it counts is for the shape to judge', async () => {
    const changes: string[] = [];
    const { store } = await reading({
      token,
      shape: (_, change) => {
        changes.push(change);
        throw new CollectorError('API_REFUSED', 'no matter');
      },
    });
    store.create('one');
    store.update('one');
    store.update('one', { count: 0 });
    store.create('two', { count: 3 });
    await settled();
    expect(changes).toEqual(['added', 'updated', 'updated', 'added']);
  });
});
