import { fc } from '../../../support/fast-check.ts';
import { expect, test } from 'vitest';
import type { ClusterStore } from '../../../../tools/cluster/store/cluster-store.ts';
import type { StoredObject } from '../../../../tools/cluster/store/object.ts';
import { StatusError } from '../../../../tools/cluster/store/status.ts';
import type { Frame } from '../../../../tools/cluster/store/watching.ts';
import { events, eventTarget, leases, newStore, probe, watched, write } from './stores.ts';

const compactionIntervalSeconds = 10;
const eventTtlSeconds = 40;

type Step =
  | { readonly do: 'write' | 'delete'; readonly name: string; readonly message: string }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'hold' };

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), name, message: fc.constantFrom('x', 'y') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), name, message: fc.constant('') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.integer({ min: 0, max: 15 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'hold' as const }) },
);
const life = fc.array(step, { minLength: 1, maxLength: 60 });

/** Performs steps of a life, one by one. */
function* live(store: ClusterStore, steps: readonly Step[]): Generator<Step> {
  let now = store.now;
  for (const taken of steps) {
    if (taken.do === 'pass') store.advance((now += taken.seconds * 1_000));
    else if (taken.do === 'hold') store.create(leases, { metadata: { generateName: 'other-' } });
    else if (taken.do === 'write') write(store, taken.name, taken.message);
    else if (store.find(eventTarget(taken.name)) !== undefined) store.delete(eventTarget(taken.name));
    yield taken;
  }
}

function stateOf(store: ClusterStore, resourceVersion?: number): ReadonlyMap<string, StoredObject> | undefined {
  const query =
    resourceVersion === undefined ? {} : { resourceVersion: String(resourceVersion), resourceVersionMatch: 'Exact' };
  try {
    const { items } = store.list(events, query);
    return new Map(items.map((item) => [item.metadata.name ?? '', item]));
  } catch (error) {
    if (error instanceof StatusError) return undefined; // no longer kept
    throw error;
  }
}

function afterwards(
  state: ReadonlyMap<string, StoredObject>,
  frames: readonly Frame[],
): ReadonlyMap<string, StoredObject> {
  const result = new Map(state);
  for (const { type, object } of frames) {
    if (type === 'ERROR' || type === 'BOOKMARK') throw new Error(`unexpected ${type}`);
    const { kind: _kind, apiVersion: _version, ...item } = object;
    if (type === 'DELETED') result.delete(object.metadata.name ?? '');
    else result.set(object.metadata.name ?? '', item);
  }
  return new Map([...result].sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('a list at any version that is kept, and a watch from there, make the present', () => {
  fc.assert(
    fc.property(life, (steps) => {
      const store = newStore({ compactionIntervalSeconds, eventTtlSeconds });
      for (const _ of live(store, steps));
      const newest = probe(store);
      const present = stateOf(store);
      let kept = 0;
      for (let version = 1; version <= newest; version += 1) {
        const state = stateOf(store, version);
        const { frames, close } = watched(store, events, { resourceVersion: String(version) });
        close();
        if (state === undefined) continue;
        kept += 1;
        expect(afterwards(state, frames)).toEqual(present);
      }
      expect(kept).toBeGreaterThan(0);
    }),
  );
});

test('a watch that was open all along was told what one from its start is told now, in rising versions', () => {
  fc.assert(
    fc.property(life, fc.nat(59), (steps, opensAt) => {
      const store = newStore({ eventTtlSeconds });
      let open: { readonly from: string; readonly frames: readonly Frame[] } | undefined;
      let index = 0;
      for (const _ of live(store, steps)) {
        if (index === opensAt) {
          const from = String(probe(store));
          open = { from, frames: watched(store, events, { resourceVersion: from }).frames };
        }
        index += 1;
      }
      if (open === undefined) return;
      expect(open.frames).toEqual(watched(store, events, { resourceVersion: open.from }).frames);
      const versions = open.frames.map(({ object }) => Number((object as StoredObject).metadata.resourceVersion));
      // Those that expire together share one.
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      expect(versions.every((version) => version > Number(open.from))).toBe(true);
    }),
  );
});

test('the pages of a list are one snapshot, whatever happens between them', () => {
  fc.assert(
    fc.property(life, life, fc.integer({ min: 1, max: 4 }), (before, meanwhile, limit) => {
      const store = newStore({ eventTtlSeconds });
      for (const _ of live(store, before));
      const whole = store.list(events);
      const going = live(store, meanwhile);
      const items: StoredObject[] = [];
      let token: string | undefined;
      do {
        const page = store.list(events, { limit: String(limit), continue: token });
        expect(page.metadata.resourceVersion).toBe(whole.metadata.resourceVersion);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        items.push(...page.items);
        token = page.metadata.continue;
        going.next();
      } while (token !== undefined);
      expect(items).toEqual(whole.items);
    }),
  );
});

test('every write has a higher version than all before it, and one to the same content has none', () => {
  fc.assert(
    fc.property(life, (steps) => {
      const store = newStore({ eventTtlSeconds });
      let newest = probe(store);
      for (const taken of live(store, steps)) {
        const version = probe(store);
        expect(version).toBeGreaterThanOrEqual(newest);
        if (taken.do === 'write') {
          const told = write(store, taken.name, taken.message);
          expect(probe(store)).toBe(version);
          expect(Number(told.metadata.resourceVersion)).toBeLessThanOrEqual(version);
        }
        newest = version;
      }
    }),
  );
});

test('what is put back is as it was saved, in versions, content and what it tells', () => {
  fc.assert(
    fc.property(life, life, life, (before, lost, after) => {
      const store = newStore({ eventTtlSeconds, separateEventsEtcd: true });
      for (const _ of live(store, before));
      const saved = store.saveEvents();
      const [version, state] = [probe(store), stateOf(store)];
      for (const _ of live(store, lost));
      const seen = probe(store);
      const { frames } = watched(store, events, { resourceVersion: String(seen) });
      store.restoreEvents(saved);
      expect(probe(store)).toBe(version);
      expect(stateOf(store)).toEqual(state);
      expect(frames).toEqual([]);
      for (const _ of live(store, after));
      const expected = watched(store, events, { resourceVersion: String(Math.max(seen, version)) }).frames;
      expect(frames).toEqual(expected);
    }),
  );
});
