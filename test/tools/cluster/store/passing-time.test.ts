import { describe, expect, test } from 'vitest';
import { events, hold, leases, newStore, outline, probe, startedAt, watched, write } from './stores.ts';

const seconds = (count: number) => startedAt + count * 1_000;

describe('an Event', () => {
  test('lives for its TTL at least, and for a minute more at most', () => {
    const store = newStore({ eventTtlSeconds: 3_600 });
    write(store, 'a');
    store.advance(seconds(3_600));
    expect(store.list(events).items).toHaveLength(1);
    store.advance(seconds(3_660));
    expect(store.list(events).items).toEqual([]);
  });

  test('expires in one revision with those that were written within a twentieth of the TTL', () => {
    const store = newStore({ eventTtlSeconds: 400, compactionIntervalSeconds: 100_000 });
    const { frames } = watched(store, events, { resourceVersion: String(probe(store)) });
    for (const [at, name] of [
      [0, 'a'],
      [19, 'b'],
      [20, 'c'],
      [25, 'd'],
    ] as const) {
      store.advance(seconds(at));
      write(store, name);
    }
    store.advance(seconds(1_000));
    const deleted = outline(frames.slice(4));
    const versions = deleted.map((line) => Number(line.split(' ')[2]));
    expect(deleted.map((line) => line.split(' ', 2).join(' '))).toEqual([
      'DELETED a',
      'DELETED b',
      'DELETED c',
      'DELETED d',
    ]);
    expect(versions).toEqual([versions[0], versions[0], versions[2], versions[2]]);
    expect(versions[2]).toBeGreaterThan(versions[0] ?? 0);
  });

  test('shares its lease with 999 others at most', () => {
    const store = newStore({ eventTtlSeconds: 3_600, compactionIntervalSeconds: 100_000 });
    const from = probe(store);
    for (let index = 0; index < 1_001; index += 1) write(store, `e${index}`);
    store.advance(seconds(10_000));
    const { frames } = watched(store, events, { resourceVersion: String(from + 1_001) });
    const counts = Map.groupBy(outline(frames), (line) => line.split(' ')[2]);
    expect([...counts.values()].map(({ length }) => length)).toEqual([1_000, 1]);
  });

  test('lives anew from each write, and not from one to the same content', () => {
    const store = newStore({ eventTtlSeconds: 100 });
    for (const name of ['updated', 'unchanged']) write(store, name);
    store.advance(seconds(60));
    write(store, 'updated', 'another');
    write(store, 'unchanged');
    store.advance(seconds(110));
    expect(store.list(events).items.map(({ metadata }) => metadata.name)).toEqual(['updated']);
  });

  test('that is put back has its whole TTL before it', () => {
    const store = newStore({ eventTtlSeconds: 100, separateEventsEtcd: true });
    write(store, 'a');
    const saved = store.saveEvents();
    store.advance(seconds(200));
    store.restoreEvents(saved);
    store.advance(seconds(299));
    expect(store.list(events).items).toHaveLength(1);
    store.advance(seconds(310));
    expect(store.list(events).items).toEqual([]);
  });
});

describe('history', () => {
  test('is kept for one interval at least and for two at most', () => {
    const store = newStore({ compactionIntervalSeconds: 300 });
    store.advance(seconds(301)); // just behind a compaction, which is the longest that it can be kept
    const { metadata } = write(store, 'a');
    const before = { resourceVersion: String(Number(metadata.resourceVersion) - 1) };
    const isKept = () => {
      const { frames, close } = watched(store, events, before);
      close();
      return outline(frames)[0] !== 'ERROR 410';
    };
    store.advance(seconds(899));
    expect(isKept()).toBe(true);
    store.advance(seconds(900));
    expect(isKept()).toBe(false);
  });

  test('of a store where nothing is written grows, too: a position that does not move expires', () => {
    const store = newStore({ compactionIntervalSeconds: 300 });
    const position = String(probe(store));
    store.advance(seconds(1_200));
    expect(outline(watched(store, events, { resourceVersion: position }).frames)).toEqual(['ERROR 410']);
    expect(outline(watched(store, leases, { resourceVersion: position }).frames)).toEqual([]);
  });
});

describe('the watch cache', () => {
  const version = (told: { readonly metadata: { readonly resourceVersion?: string } }) =>
    told.metadata.resourceVersion ?? '';

  test('keeps a hundred changes however old, and more for 75 s', () => {
    const store = newStore();
    const first = version(hold(store, 'first'));
    for (let index = 0; index < 100; index += 1) hold(store, `a${index}`);
    store.advance(seconds(1_000));
    const { frames, close } = watched(store, leases, { resourceVersion: first });
    expect(frames).toHaveLength(100);
    close();
    const second = version(hold(store, 'second'));
    for (let index = 0; index < 200; index += 1) hold(store, `b${index}`);
    expect(watched(store, leases, { resourceVersion: second }).frames).toHaveLength(200);
    store.advance(seconds(1_076));
    hold(store, 'third');
    expect(outline(watched(store, leases, { resourceVersion: second }).frames)).toEqual(['ERROR 410']);
  });

  test('begins anew with the API server', () => {
    const store = newStore();
    const before = version(hold(store, 'before'));
    const last = version(hold(store, 'last'));
    store.restartApiServer();
    expect(outline(watched(store, leases, { resourceVersion: before }).frames)).toEqual(['ERROR 410']);
    expect(outline(watched(store, leases, { resourceVersion: last }).frames)).toEqual([]);
  });

  test('sends a bookmark each minute and 2 s before the end, to those who ask, and none of Events', () => {
    const store = newStore({ compactionIntervalSeconds: 100_000 });
    const query = { resourceVersion: '1', allowWatchBookmarks: 'true' };
    const { frames } = watched(store, leases, { ...query, resourceVersion: String(probe(store)) }, seconds(150));
    const silent = [
      watched(store, leases, { resourceVersion: String(probe(store)) }, seconds(150)),
      watched(store, events, { ...query, resourceVersion: String(probe(store)) }, seconds(150)),
    ];
    const counts = [59, 60, 119, 120, 147, 148].map((at) => {
      store.advance(seconds(at));
      return frames.length;
    });
    expect(counts).toEqual([0, 1, 1, 2, 2, 3]);
    expect(silent.flatMap((watch) => watch.frames)).toEqual([]);
  });
});

test('time never goes back, and a long leap does everything at its own time', () => {
  const store = newStore({ eventTtlSeconds: 100, compactionIntervalSeconds: 10 });
  write(store, 'a');
  store.advance(seconds(1_000));
  store.advance(seconds(500));
  expect(store.now).toBe(seconds(1_000));
  expect(store.dueAt).toBeGreaterThan(seconds(1_000));
  // A hundred compactions and one expiry.
  expect(probe(store)).toBe(6 + 100 + 1);
});
