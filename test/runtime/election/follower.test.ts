import { describe, expect, onTestFinished, test } from 'vitest';
import { Follower } from '../../../runtime/src/election/follower.ts';
import { nothingSeen } from '../../../runtime/src/election/observation.ts';
import { settled } from '../../support/manual-clock.ts';
import { failure, gate, refusal, silence } from '../../support/named-object.ts';
import { type Elective, elective, type ElectiveSetting, lease, type LeaseStore, leaseStore } from './elections.ts';
import { released, renewByOther, u } from './elections.ts';

interface Following extends Elective {
  readonly follower: Follower;
  readonly store: LeaseStore;
  readonly following: Promise<void>;
  readonly stop: AbortController;
}

function following(store: LeaseStore, setting?: ElectiveSetting): Following {
  const options = elective(store, setting);
  const stop = new AbortController();
  const follower = new Follower(options, nothingSeen);
  const promise = follower.follow(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await promise.catch(() => undefined);
  });
  return { ...options, follower, store, following: promise, stop };
}

const happenings = ({ told }: Elective) => told.map(({ what }) => what);

describe('a follower', () => {
  test('asks twice, with a GET and a watch from what it answered, and then never again while the watch is open', async () => {
    const { store, clock, follower } = following(leaseStore(lease()));
    for (let second = 15; second < 60; second += 15) {
      await clock.pass(15_000);
      renewByOther(store, second);
    }
    await clock.pass(3_600_000);
    expect(store.requests).toMatchObject([{ verb: 'get' }, { verb: 'watch', resourceVersion: '98' }]);
    expect(follower.seen).toMatchObject({ since: 45_000, object: store.object });
  });

  test('is not ready before the lock was read', async () => {
    const store = leaseStore();
    store.next('get', refusal('API_UNAVAILABLE'));
    const { follower, clock } = following(store);
    await settled();
    expect(follower.ready).toBe(false);
    await clock.pass(1_000);
    expect(follower.ready).toBe(true);
  });

  test('sees how a lock is made, changed, released and deleted', async () => {
    const { store, follower, told } = following(leaseStore());
    await settled();
    expect(follower.seen).toEqual(nothingSeen);
    store.write(lease());
    await settled();
    renewByOther(store, 15);
    await settled();
    store.write(lease(released));
    await settled();
    store.remove();
    await settled();
    expect(follower.seen).toMatchObject({ record: { holderIdentity: '' }, object: undefined });
    expect(told).toEqual([
      { what: 'leader seen', holder: 'someone-else' },
      { what: 'lock released', transitions: 7 },
    ]);
    expect(store.verbs).toEqual(['get', 'watch']);
  });

  test('rings for each sight', async () => {
    const { store, follower, stop } = following(leaseStore(lease()));
    await settled();
    const rung = follower.changed.rung(stop.signal);
    renewByOther(store, 15);
    await expect(rung).resolves.toBeUndefined();
  });

  test('ends when it is told to, in whatever it does', async () => {
    const reading = leaseStore();
    reading.next('get', silence);
    const opening = leaseStore();
    opening.next('watch', silence);
    const backingOff = leaseStore();
    backingOff.next('get', refusal('API_UNAVAILABLE'));
    const blind = leaseStore();
    blind.forbid('watch');
    const returning = leaseStore();
    for (const store of [reading, opening, backingOff, blind, returning, leaseStore(lease())]) {
      const { stop, following: promise } = following(store);
      await settled();
      if (store === returning) store.endWatches();
      await settled();
      stop.abort();
      await expect(promise).resolves.toBeUndefined();
      expect(store.openWatches).toBe(0);
    }
  });

  test('fails with a defect', async () => {
    const store = leaseStore();
    store.next('get', () => {
      throw new TypeError('a defect');
    });
    await expect(following(store).following).rejects.toThrow('a defect');
  });
});

describe('a watch that ended', () => {
  test.each<[string, ReturnType<typeof failure> | undefined]>([
    ['in order', undefined],
    ['broken', failure('API_BROKEN', 'the stream was cut')],
  ])('%s is opened again after a GET, a random part of the retry period later', async (_, error) => {
    const { store, clock } = following(leaseStore(lease()), { random: () => 0.4 });
    await clock.pass(1_000);
    store.endWatches(error);
    await clock.pass(5_999);
    expect(store.verbs).toEqual(['get', 'watch']);
    await clock.pass(1);
    expect(store.requests.slice(2)).toMatchObject([
      { verb: 'get', at: 7_000 },
      { verb: 'watch', at: 7_000 },
    ]);
  });

  test('leaves the time of an unchanged record as it was', async () => {
    const { store, clock, follower } = following(leaseStore(lease()));
    await clock.pass(1_000);
    store.endWatches();
    await clock.pass(15_000);
    expect(follower.seen.since).toBe(0);
  });

  test('because its position is too old is followed by a GET at once', async () => {
    const store = leaseStore(lease());
    store.next('watch', refusal('API_EXPIRED'));
    const { told } = following(store);
    await settled();
    expect(store.requests).toMatchObject([
      { verb: 'get', at: 0 },
      { verb: 'watch', at: 0 },
      { verb: 'get', at: 0 },
      { verb: 'watch', at: 0 },
    ]);
    expect(told.map(({ what }) => what)).toEqual(['leader seen']);
  });

  test('as too old time and again is not opened without a pause', async () => {
    const store = leaseStore(lease());
    for (let times = 0; times < 100; times += 1) store.next('watch', refusal('API_EXPIRED'));
    const { clock } = following(store, { random: () => 0.5 });
    await clock.pass(60_000);
    expect(store.requests.length).toBeLessThan(30);
  });
});

describe('a request that failed', () => {
  test.each(['get', 'watch'] as const)('is made again after random waits that double: %s', async (verb) => {
    const store = leaseStore(lease());
    for (let times = 0; times < 6; times += 1) store.next(verb, refusal('API_UNAVAILABLE'));
    const { clock, told } = following(store, { random: () => 0.5 });
    await clock.pass(60_000);
    const starts = store.requests.filter((request) => request.verb === verb).map(({ at }) => at);
    expect(starts).toEqual([0, 500, 1_500, 3_500, 7_500, 15_000, 22_500]);
    expect(told.filter(({ what }) => what === 'lock request failed')).toHaveLength(6);
  });

  test('is forgotten once a watch was open until its end', async () => {
    const store = leaseStore(lease());
    for (let times = 0; times < 5; times += 1) store.next('watch', refusal('API_UNAVAILABLE'));
    const { clock } = following(store, { random: () => 0.5 });
    await clock.pass(20_000);
    store.next('get', refusal('API_UNAVAILABLE'));
    store.endWatches();
    await clock.pass(7_500);
    const before = store.requests.length;
    await clock.pass(500);
    expect(store.verbs.slice(before)).toEqual(['get', 'watch']);
  });

  test('is not made again before the server wants it', async () => {
    const store = leaseStore(lease());
    store.next('watch', refusal('API_THROTTLED', { retryAfterMs: 20_000 }));
    const { clock } = following(store);
    await clock.pass(19_999);
    expect(store.verbs).toEqual(['get', 'watch']);
    await clock.pass(1);
    expect(store.verbs).toEqual(['get', 'watch', 'get', 'watch']);
  });

  test('for lack of an answer is given up after a twelfth of the lease', async () => {
    const store = leaseStore(lease());
    store.next('get', silence);
    const { clock, ...rest } = following(store);
    await clock.pass(4_999);
    expect(happenings({ ...rest, clock })).toEqual([]);
    await clock.pass(1);
    expect(happenings({ ...rest, clock })).toEqual(['lock request failed']);
  });
});

describe('where the lock may not be watched', () => {
  const forbidden = () => {
    const store = leaseStore(lease());
    store.forbid('watch');
    return store;
  };

  test('it is read once for each deadline, somewhat later, and that is told once', async () => {
    const { clock, store, told } = following(forbidden(), { random: () => 0.5 });
    await clock.pass(600_000);
    const reads = store.requests.filter(({ verb }) => verb === 'get').map(({ at }) => at);
    expect(reads.slice(0, 2)).toEqual([0, 70_500]);
    expect(told.filter(({ what }) => what === 'lock watch forbidden')).toHaveLength(1);
  });

  test('a leader that renews costs its follower about one read for each lease', async () => {
    const { clock, store } = following(forbidden(), { random: () => u });
    for (let second = 0; second < 3_600; second += 15) {
      await clock.pass(15_000);
      renewByOther(store, second);
    }
    const reads = store.verbs.filter((verb) => verb === 'get').length;
    expect(reads).toBeLessThanOrEqual(60);
    expect(reads).toBeGreaterThanOrEqual(45);
  });

  test('the observation counts as blind at a deadline that came after the last read', async () => {
    const { clock, follower } = following(forbidden(), { random: () => 0.5 });
    await clock.pass(60_000);
    expect(follower.isBlindAt(60_000)).toBe(true);
    await clock.pass(10_500);
    expect(follower.isBlindAt(60_000)).toBe(false);
  });

  test('a refusal that came after the deadline makes a read before it no newer', async () => {
    const store = forbidden();
    const { clock, follower } = following(store);
    await clock.pass(0);
    store.next('watch', async (apply) => {
      await clock.sleep(5_000);
      return apply();
    });
    await clock.pass(64_000);
    const readAt = store.requests.findLast(({ verb }) => verb === 'get')?.at ?? 0;
    await clock.pass(5_000);
    expect(follower.isBlindAt(readAt)).toBe(false);
    expect(follower.isBlindAt(readAt + 1)).toBe(true);
  });

  test('the watch is tried again with each read, and blindness ends with the first that is accepted', async () => {
    const { clock, store, follower } = following(forbidden());
    await clock.pass(1_000);
    store.allow('watch');
    await clock.pass(80_000);
    expect(store.verbs).toEqual(['get', 'watch', 'get', 'watch']);
    expect(store.openWatches).toBe(1);
    expect(follower.isBlindAt(Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});

describe('a lock whose store was put back to an earlier state', () => {
  async function rewound() {
    const store = leaseStore(lease());
    const { follower, clock, told } = following(store);
    await settled();
    const early = store.snapshot();
    store.pass(500);
    for (let second = 15; second < 60; second += 15) {
      await clock.pass(15_000);
      renewByOther(store, second);
    }
    await settled();
    return { store, early, follower, clock, told };
  }

  test('is followed from what it is now, and told', async () => {
    const { store, early, follower, clock, told } = await rewound();
    store.restore(early);
    await clock.pass(15_000);
    expect(follower.seen.object).toEqual(store.object);
    expect(told).toContainEqual({ what: 'lock set back', seen: '601', found: '98' });
    renewByOther(store, 90);
    await settled();
    expect(follower.seen.object).toEqual(store.object);
  });

  test('is not taken for one where a read was merely overtaken by a frame', async () => {
    const { store, follower, clock, told } = await rewound();
    const before = store.object;
    store.next('get', async (apply) => {
      const early = apply();
      renewByOther(store, 90);
      await settled();
      return early;
    });
    await follower.read(new AbortController().signal);
    expect(follower.seen.object).toEqual(store.object);
    expect(follower.seen.object).not.toEqual(before);
    await clock.pass(1_000);
    expect(told.filter(({ what }) => what === 'lock set back')).toEqual([]);
  });

  test('is not taken for one where a frame came late', async () => {
    const frames = gate();
    const store = leaseStore(lease());
    const { follower, told } = following(store, {
      passage: (apply, request) => (request.verb === 'frame' ? frames.passage(apply, request) : apply()),
    });
    await settled();
    renewByOther(store, 15);
    await settled();
    renewByOther(store, 30);
    await follower.read(new AbortController().signal);
    const seen: unknown[] = [];
    const rung = follower.changed.rung(new AbortController().signal).then(() => seen.push(follower.seen.object));
    frames.open();
    await rung;
    expect(seen).toEqual([store.object]);
    expect(told.filter(({ what }) => what === 'lock set back')).toEqual([]);
  });
});
