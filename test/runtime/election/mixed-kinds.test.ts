/** Candidates whose locks are of different kinds, as while a setting changes: of all who start together, one reads. */
import { describe, expect, test } from 'vitest';
import { type LockResource, lockResources } from '../../../runtime/src/contract/lock-resource.ts';
import { type Leadership, runElector } from '../../../runtime/src/election/elector.ts';
import { pause } from '../../../runtime/src/support/clock.ts';
import { untilAborted } from '../../../runtime/src/support/signals.ts';
import { runs } from '../../support/fast-check.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import type { Passage } from '../../support/named-object.ts';
import { elective, type LeaseStore, lockOf, lockStore, renewByOther } from './elections.ts';

const second = 1_000;
/** How long a reader takes to end in order. */
const drainMs = 700;

type Stores = Readonly<Record<LockResource, LeaseStore>>;

/** Numbers in (0, 1) that depend on the seed alone. */
function chancesFrom(seed: number): () => number {
  let state = (seed * 7_919 + 1) % 2_147_483_647;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state || 1) / 2_147_483_648;
  };
}

/** Processes on one cluster whose network is slow, and who reads at the moment. */
class Cluster {
  readonly clock: ManualClock = manualClock();
  readonly stores: Stores = {
    leases: lockStore('leases'),
    configmaps: lockStore('configmaps'),
    endpoints: lockStore('endpoints'),
  };
  readonly reading = new Set<string>();
  /** The most that ever read at one moment. */
  most = 0;
  readonly #chance: () => number;
  readonly #ends: (() => Promise<void>)[] = [];

  constructor(seed: number) {
    this.#chance = chancesFrom(seed);
  }

  start(podName: string, kind: LockResource, { isBlind = false } = {}): void {
    const slow: Passage = async (apply, { signal, verb }) => {
      await this.clock.sleep(this.#chance() * 300, signal);
      const answer = apply();
      if (verb !== 'frame') await this.clock.sleep(this.#chance() * 300, signal);
      return answer;
    };
    const others = lockResources.filter((other) => other !== kind).map((other) => this.stores[other]);
    const options = elective(this.stores[kind], {
      podName,
      clock: this.clock,
      random: this.#chance,
      passage: slow,
      isBlind,
      others,
    });
    const lead = async ({ term }: Leadership, stopping: AbortSignal) => {
      this.reading.add(podName);
      this.most = Math.max(this.most, this.reading.size);
      await untilAborted(stopping, term.signal);
      await pause(this.clock, drainMs, term.signal);
      this.reading.delete(podName);
    };
    const stop = new AbortController();
    const ended = runElector({ ...options, lead, onRole: () => undefined }, stop.signal);
    this.#ends.push(async () => {
      stop.abort();
      await ended;
    });
  }

  async end(): Promise<void> {
    const ended = Promise.all(this.#ends.map((end) => end()));
    await this.clock.pass(60 * second);
    await ended;
  }
}

const kindsOf = (seed: number, count: number) =>
  Array.from({ length: count }, (_, index) => lockResources[(seed + index) % lockResources.length] ?? 'leases');

describe('candidates whose locks are of different kinds', () => {
  test('that start together: two never read, and one does in the end', { timeout: 300 * second }, async () => {
    const outcomes = { two: 0, none: 0 };
    for (let seed = 1; seed <= 50 * runs(20); seed += 1) {
      const cluster = new Cluster(seed);
      kindsOf(seed, 2 + (seed % 2)).forEach((kind, index) => cluster.start(`collector-${index}`, kind));
      await cluster.clock.pass(30 * second);
      if (cluster.most > 1) outcomes.two += 1;
      if (cluster.reading.size === 0) outcomes.none += 1;
      await cluster.end();
    }
    expect(outcomes).toEqual({ two: 0, none: 0 });
  });

  test('beside a holder that never yields, such as an Agent: none reads in the end', {
    timeout: 300 * second,
  }, async () => {
    const outcomes = { two: 0, some: 0 };
    for (let seed = 1; seed <= 5 * runs(20); seed += 1) {
      const cluster = new Cluster(seed);
      const [agents = 'configmaps'] = kindsOf(seed, 1);
      kindsOf(seed + 1, 2).forEach((kind, index) => cluster.start(`collector-${index}`, kind));
      await cluster.clock.pass((seed % 10) * 100);
      cluster.stores[agents].write(lockOf(agents, { holderIdentity: 'agent' }));
      for (let renewal = 1; renewal <= 6; renewal += 1) {
        await cluster.clock.pass(15 * second);
        renewByOther(cluster.stores[agents], renewal * 15);
      }
      if (cluster.most > 1) outcomes.two += 1;
      if (cluster.reading.size > 0) outcomes.some += 1;
      await cluster.end();
    }
    expect(outcomes).toEqual({ two: 0, some: 0 });
  });

  test.each([
    ['leases', 'configmaps'],
    ['configmaps', 'leases'],
  ] as const)(
    'of which the lock of the leader (%s) is deleted: the other one (%s) does not read beside it',
    async (its, others) => {
      const outcomes = { two: 0, none: 0 };
      for (const startedAt of [3, 8, 13])
        for (let deletedAt = 120; deletedAt < 140; deletedAt += 1) {
          const cluster = new Cluster(7);
          cluster.start('collector-0', its);
          await cluster.clock.pass(startedAt * second);
          cluster.start('collector-1', others);
          await cluster.clock.pass((deletedAt - startedAt) * second);
          cluster.stores[its].remove();
          await cluster.clock.pass(120 * second);
          if (cluster.most > 1) outcomes.two += 1;
          if (cluster.reading.size === 0) outcomes.none += 1;
          await cluster.end();
        }
      expect(outcomes).toEqual({ two: 0, none: 0 });
    },
  );

  test('of which one may not read the other locks: one reads in the end', { timeout: 300 * second }, async () => {
    const readers = new Map<number, number>();
    for (let seed = 1; seed <= 10 * runs(20); seed += 1) {
      const cluster = new Cluster(seed);
      const blind = seed % 2;
      kindsOf(seed, 2).forEach((kind, index) =>
        cluster.start(`collector-${index}`, kind, { isBlind: index === blind }),
      );
      await cluster.clock.pass(90 * second);
      readers.set(cluster.reading.size, (readers.get(cluster.reading.size) ?? 0) + 1);
      await cluster.end();
    }
    expect([...readers.keys()]).toEqual([1]);
  });
});
