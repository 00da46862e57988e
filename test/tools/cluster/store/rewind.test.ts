import { expect, test } from 'vitest';
import { events, newStore, outline, probe, startedAt, watched, write } from './stores.ts';

test('a watch of Events that is ahead of a restored store is told what a later restore brings behind its position', () => {
  const store = newStore({ separateEventsEtcd: true });
  write(store, 'a');
  const early = store.saveEvents();
  const seen = write(store, 'b');
  const missed = write(store, 'c');
  const late = store.saveEvents();
  store.restoreEvents(early);
  const { frames } = watched(store, events, { resourceVersion: seen.metadata.resourceVersion ?? '' });
  expect(frames).toEqual([]);
  store.restoreEvents(late);
  expect(frames).toEqual([{ type: 'ADDED', object: missed }]);
});

test('a watch of Events whose position a restored store has compacted ends with 410', () => {
  const store = newStore({ separateEventsEtcd: true, compactionIntervalSeconds: 10 });
  const early = store.saveEvents();
  for (const name of ['a', 'b', 'c']) write(store, name);
  const behind = probe(store) - 2;
  store.advance(startedAt + 20_000);
  const late = store.saveEvents();
  store.restoreEvents(early);
  const { frames } = watched(store, events, { resourceVersion: String(behind) });
  store.restoreEvents(late);
  expect(outline(frames)).toEqual(['ERROR 410']);
});

test('only Events that have an etcd of their own can be saved', () => {
  expect(() => newStore().saveEvents()).toThrow('separateEventsEtcd');
});
