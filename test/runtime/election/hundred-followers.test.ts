import { describe, expect, onTestFinished, test } from 'vitest';
import { type Leadership, runElector } from '../../../runtime/src/election/elector.ts';
import { untilAborted } from '../../../runtime/src/support/signals.ts';
import { manualClock } from '../../support/manual-clock.ts';
import type { Passage } from '../../support/named-object.ts';
import { elective, type LeaseStore, lockStore } from './elections.ts';

const followers = 100;

/** One way, in milliseconds; a request takes two. */
const latencyMs = 3;

/** Numbers in (0, 1) that depend on the seed alone. */
function chancesFrom(seed: number): () => number {
  let state = seed * 7_919 + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** A leader and a hundred followers on one clock, and whoever of them leads at the moment. */
async function crowd(seed: number) {
  const [lock, others] = [lockStore('leases'), [lockStore('configmaps'), lockStore('endpoints')]];
  const clock = manualClock();
  const chance = chancesFrom(seed);
  const leading = new Set<string>();
  const passage: Passage = async (apply) => {
    await clock.sleep(latencyMs);
    const answer = apply();
    await clock.sleep(latencyMs);
    return answer;
  };
  const start = (podName: string) => {
    const options = elective(lock, { podName, clock, random: chance, passage, others });
    const stop = new AbortController();
    const lead = async ({ term }: Leadership, stopping: AbortSignal) => {
      leading.add(podName);
      await untilAborted(stopping, term.signal);
      leading.delete(podName);
    };
    return { stop, ended: runElector({ ...options, lead, onRole: () => undefined }, stop.signal) };
  };
  const leader = start('leader');
  await clock.pass(1_000);
  const members = [leader, ...Array.from({ length: followers }, (_, index) => start(`follower-${index}`))];
  await clock.pass(1_000);
  onTestFinished(async () => {
    for (const { stop } of members) stop.abort();
    await clock.pass(60_000);
    await Promise.all(members.map(({ ended }) => ended));
  });
  for (const store of [lock, ...others]) store.requests.length = 0;
  return { lock, others, clock, leader, leading };
}

const writesOf = ({ requests }: LeaseStore, by: (name: string) => boolean) =>
  requests.filter((request) => by(request.by) && ['update', 'create'].includes(request.verb)).length;

const isFollower = (name: string) => name.startsWith('follower');

describe('a hundred followers on one lock', () => {
  test('ask for nothing while somebody leads: the leader alone writes, four times a minute', async () => {
    const { lock, others, clock } = await crowd(1);
    await clock.pass(600_000);
    expect(lock.requests.filter(({ by }) => isFollower(by))).toEqual([]);
    expect(lock.verbs.length / 10).toBe(4);
    const lookers = others.flatMap(({ requests }) => requests.map(({ by }) => by));
    expect(lookers.filter(isFollower)).toEqual([]);
    expect(lookers.length / others.length / 10).toBe(4);
  });

  test.each([1, 2, 3, 4, 5])(
    'have one winner after a release, and all but a few of the others see it before they ask for anything: chances %s',
    async (seed) => {
      const { lock, others, clock, leader, leading } = await crowd(seed);
      leader.stop.abort();
      await clock.pass(1_000);
      expect(leading.size).toBe(1);
      const [winner = ''] = leading;
      const losers = (name: string) => isFollower(name) && name !== winner;
      expect(writesOf(lock, (name) => name === winner)).toBe(1);
      expect(writesOf(lock, losers)).toBeLessThanOrEqual(2);
      const lookers = new Set(others.flatMap(({ requests }) => requests.map(({ by }) => by)));
      expect(lookers.size).toBeLessThanOrEqual(5);
    },
  );

  test('come back one after the other where all their watches end at once', async () => {
    const { lock, clock } = await crowd(1);
    lock.endWatches();
    await clock.pass(15_100);
    const asked = lock.requests.filter(({ by }) => isFollower(by));
    expect(asked).toHaveLength(2 * followers);
    const inOneSecond = Map.groupBy(asked, ({ at }) => Math.floor(at / 1_000));
    expect(Math.max(...[...inOneSecond.values()].map((each) => each.length))).toBeLessThanOrEqual(40);
  });
});
