import { describe, expect, onTestFinished, test } from 'vitest';
import { type LockResource, lockResources } from '../../../runtime/src/contract/lock-resource.ts';
import { expiredLocksAnnotation, healthPortAnnotation } from '../../../runtime/src/contract/names.ts';
import { takeoverDelayMs } from '../../../runtime/src/election/candidate-decision.ts';
import { runElector } from '../../../runtime/src/election/elector.ts';
import { untilAborted } from '../../../runtime/src/support/signals.ts';
import { refusal, silence } from '../../support/named-object.ts';
import type { ElectiveSetting, LeaseStore } from './elections.ts';
import {
  elective,
  foreigner,
  holderOf,
  lockOf,
  lockStore,
  passTogether,
  released,
  renewByOther,
  specOf,
  u,
} from './elections.ts';

const halfway = takeoverDelayMs('released', u);

/** A process that stands for election on `own`, with locks of other kinds beside it. */
function processOn(own: LeaseStore, others: readonly LeaseStore[], setting: ElectiveSetting = {}) {
  const options = elective(own, { ...setting, others });
  const stop = new AbortController();
  const lead = async ({ term }: { term: { signal: AbortSignal } }, stopping: AbortSignal) =>
    untilAborted(stopping, term.signal);
  const ended = runElector({ ...options, lead, onRole: () => undefined }, stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await options.clock.pass(60_000);
    await ended;
  });
  return { ...options, stop, ended };
}

const ours = holderOf('collector-a');
const wholesome = { holderIdentity: ours };

const pairs = lockResources.flatMap((own) =>
  lockResources.filter((other) => other !== own).map((other): [LockResource, LockResource] => [own, other]),
);

describe.each(pairs)('before it takes its lock among %s, a candidate looks at the one among %s', (own, other) => {
  test('and waits while its holder renews, for as long as the last record says after it went silent', async () => {
    const [lock, theirs] = [lockStore(own), lockStore(other, lockOf(other))];
    const { clock, told } = processOn(lock, [theirs]);
    for (let second = 15; second <= 120; second += 15) {
      await clock.pass(15_000);
      renewByOther(theirs, second);
    }
    await clock.pass(59_999);
    expect(lock.verbs).toEqual(['get', 'watch']);
    expect(told).toContainEqual({
      what: 'other lock held',
      lock: `${other} "datadog-leader-election" in namespace "monitoring"`,
      holder: foreigner,
    });
    await clock.pass(70_000);
    expect(specOf(lock)).toMatchObject(wholesome);
    expect(specOf(theirs)).toMatchObject({ holderIdentity: foreigner });
  });

  test('and sees its holder renew also after the store was put back to an earlier state', async () => {
    const [lock, theirs] = [lockStore(own), lockStore(other, lockOf(other))];
    const { clock } = processOn(lock, [theirs]);
    const early = theirs.snapshot();
    theirs.pass(3_000);
    await clock.pass(15_000);
    renewByOther(theirs, 15);
    await clock.pass(60_000);
    theirs.restore(early);
    for (let second = 90; second <= 300; second += 15) {
      renewByOther(theirs, second);
      await clock.pass(15_000);
    }
    expect(lock.object).toBeUndefined();
  });

  test('and leads at once where nobody holds it, with one GET before it has its lock and one after', async () => {
    for (const theirs of [lockStore(other), lockStore(other, {}), lockStore(other, lockOf(other, released))]) {
      const lock = lockStore(own);
      const { clock } = processOn(lock, [theirs]);
      await clock.pass(halfway);
      expect(specOf(lock)).toMatchObject(wholesome);
      expect(theirs.verbs).toEqual(['get', 'get']);
      expect(lock.object?.metadata?.annotations).not.toHaveProperty(expiredLocksAnnotation);
    }
  });
});

describe('looking at other locks', () => {
  const beside = () => [lockStore('configmaps'), lockStore('endpoints')] as const;

  test('costs the leader one GET in each retry period, and the followers nothing', async () => {
    const [lock, others] = [lockStore('leases'), beside()];
    const leader = processOn(lock, others);
    await leader.clock.pass(1_000);
    const follower = processOn(lock, others, { podName: 'collector-b' });
    await passTogether([leader.clock, follower.clock], 3_600_000, 15_000);
    const lookers = others.flatMap(({ requests }) => requests.map(({ by }) => by));
    expect(new Set(lookers)).toEqual(new Set(['collector-a']));
    expect(lookers.length / others.length).toBe(2 + 3_600 / 15);
  });

  test('is done once for each takeover, by whoever is about to act: not by those who see the winner first', async () => {
    const [lock, others] = [lockStore('leases', lockOf('leases')), beside()];
    const processes = [0.3, 0.1, 0.6].map((chance, index) =>
      processOn(lock, others, { podName: `collector-${index}`, random: () => chance }),
    );
    const clocks = processes.map(({ clock }) => clock);
    await passTogether(clocks, 10_000, 1_000);
    lock.write(lockOf('leases', released));
    await passTogether(clocks, 1_000, 1);
    expect(others.flatMap(({ requests }) => requests.map(({ by }) => by))).toEqual(
      Array.from({ length: 4 }, () => 'collector-1'),
    );
  });

  test('while another leads by one of them costs somewhat less than one GET for each of its leases', async () => {
    const [lock, [theirs, none]] = [lockStore('leases'), beside()];
    theirs.write(lockOf('configmaps'));
    const { clock, told } = processOn(lock, [theirs, none], { random: () => 0.5 });
    for (let second = 15; second <= 3_600; second += 15) {
      await clock.pass(15_000);
      renewByOther(theirs, second);
    }
    expect(theirs.verbs.length).toBeLessThanOrEqual(58);
    expect(theirs.verbs.length).toBeGreaterThanOrEqual(50);
    expect(none.verbs.length).toBe(theirs.verbs.length);
    expect(told.filter(({ what }) => what === 'other lock held')).toHaveLength(1);
  });

  test('names the next holder too', async () => {
    const [lock, [theirs]] = [lockStore('leases'), beside()];
    theirs.write(lockOf('configmaps'));
    const { clock, told } = processOn(lock, [theirs]);
    await clock.pass(30_000);
    theirs.write(lockOf('configmaps', { holderIdentity: 'another', leaseTransitions: 8 }));
    await clock.pass(60_000);
    const holders = told.flatMap((happening) => (happening.what === 'other lock held' ? happening.holder : []));
    expect(holders).toEqual([foreigner, 'another']);
  });

  test('names a holder again that came back', async () => {
    const [lock, [theirs]] = [lockStore('leases'), beside()];
    theirs.write(lockOf('configmaps'));
    const { clock, told } = processOn(lock, [theirs]);
    await clock.pass(1_000);
    theirs.write(lockOf('configmaps', released));
    await clock.pass(62_000);
    expect(specOf(lock)).toMatchObject(wholesome);
    theirs.write(lockOf('configmaps'));
    clock.advance(60_000);
    await clock.pass(1_000);
    expect(told.filter(({ what }) => what === 'other lock held')).toHaveLength(2);
  });

  test('is not done again before the last of several holders has run out', async () => {
    const [lock, [theirs, longer]] = [lockStore('leases'), beside()];
    theirs.write(lockOf('configmaps'));
    longer.write(lockOf('endpoints', { leaseDurationSeconds: 120 }));
    const { clock } = processOn(lock, [theirs, longer]);
    await clock.pass(119_000);
    expect(theirs.verbs).toEqual(['get']);
    await clock.pass(5_000);
    expect(specOf(lock)).toMatchObject(wholesome);
  });

  test('does not delay following whoever takes the own lock meanwhile', async () => {
    const [lock, [theirs]] = [lockStore('leases'), beside()];
    theirs.write(lockOf('configmaps'));
    const { clock, told } = processOn(lock, [theirs]);
    await clock.pass(1_000);
    lock.write(lockOf('leases', { holderIdentity: 'quicker' }));
    await clock.pass(0);
    expect(told).toContainEqual({ what: 'leader seen', holder: 'quicker' });
    await clock.pass(59_000);
    expect(specOf(lock)).toMatchObject({ holderIdentity: 'quicker' });
  });

  test('that takes so long that another was faster ends without a write', async () => {
    const [lock, [theirs]] = [lockStore('leases', lockOf('leases', released)), beside()];
    theirs.next('get', (apply) => {
      lock.write(lockOf('leases', { holderIdentity: 'quicker' }));
      return new Promise((resolve) => setImmediate(() => setImmediate(() => resolve(apply()))));
    });
    const { clock } = processOn(lock, [theirs]);
    await clock.pass(30_000);
    expect(lock.verbs).toEqual(['get', 'watch']);
  });

  test('is passed over where it is forbidden, which is told once', async () => {
    const [lock, others] = [lockStore('leases'), beside()];
    for (const other of others) other.forbid('get');
    const { clock, told } = processOn(lock, others);
    await clock.pass(halfway);
    expect(specOf(lock)).toMatchObject(wholesome);
    clock.advance(60_000);
    await clock.pass(1_000);
    expect(specOf(lock)).toMatchObject({ leaseTransitions: 2 });
    expect(told.filter(({ what }) => what === 'other lock forbidden')).toHaveLength(2);
  });

  test.each([
    ['is not answered', silence],
    ['fails', refusal('API_UNAVAILABLE')],
    ['is refused for its credentials', refusal('API_FORBIDDEN', { status: 401 })],
  ])('that %s is done again before anything is written', async (_, trouble) => {
    const [lock, [theirs]] = [lockStore('leases'), beside()];
    theirs.write(lockOf('configmaps'));
    theirs.next('get', trouble);
    const { clock, told } = processOn(lock, [theirs]);
    await clock.pass(30_000);
    expect(theirs.verbs).toEqual(['get', 'get']);
    expect(lock.verbs).toEqual(['get', 'watch']);
    expect(told.map(({ what }) => what)).toEqual(['lock request failed', 'other lock held']);
  });

  test('ends at once with a stop', async () => {
    const [lock, [theirs]] = [lockStore('leases'), beside()];
    theirs.next('get', silence);
    const { clock, stop, ended } = processOn(lock, [theirs]);
    await clock.pass(halfway);
    stop.abort();
    await ended;
    expect(lock.verbs).toEqual(['get', 'watch']);
  });

  test('takes no lock of an earlier process of the own pod for another', async () => {
    const [lock, [theirs]] = [lockStore('leases'), beside()];
    theirs.write(lockOf('configmaps', { holderIdentity: ours }, { annotations: { [healthPortAnnotation]: '5555' } }));
    const { clock } = processOn(lock, [theirs], { nonce: '22222222', healthPort: 5_555 });
    await clock.pass(halfway);
    expect(specOf(lock)).toMatchObject({ leaseTransitions: 1 });
  });

  test('counts what was deleted for its whole duration from when that is seen: its holder may have renewed before', async () => {
    const [lock, [theirs]] = [lockStore('leases'), beside()];
    theirs.write(lockOf('configmaps'));
    const { clock } = processOn(lock, [theirs], { random: () => u });
    await clock.pass(1_000);
    theirs.remove();
    await clock.pass(118_000);
    expect(lock.verbs).toEqual(['get', 'watch']);
    await clock.pass(3_000);
    expect(specOf(lock)).toMatchObject(wholesome);
  });
});

describe('a lock of another kind that was left behind', () => {
  const leftBehind = async () => {
    const [lock, theirs] = [lockStore('leases'), lockStore('configmaps', lockOf('configmaps'))];
    const first = processOn(lock, [theirs]);
    await first.clock.pass(90_000);
    expect(specOf(lock)).toMatchObject({ leaseTransitions: 1 });
    return { lock, theirs, first };
  };

  test('is waited for by the first leader alone: the next ones take over at once', async () => {
    const { lock, theirs, first } = await leftBehind();
    first.stop.abort();
    await first.ended;
    for (const transitions of [2, 3]) {
      const next = processOn(lock, [theirs], { podName: `collector-${transitions}` });
      await next.clock.pass(30_000);
      expect(specOf(lock)).toMatchObject({ leaseTransitions: transitions });
      next.stop.abort();
      await next.ended;
    }
  });

  test('is waited for again where something was written to it since', async () => {
    const { lock, theirs, first } = await leftBehind();
    renewByOther(theirs, 90);
    first.stop.abort();
    await first.ended;
    const next = processOn(lock, [theirs], { podName: 'collector-b' });
    await next.clock.pass(59_000);
    expect(specOf(lock)).toMatchObject({ holderIdentity: '' });
    await next.clock.pass(10_000);
    expect(specOf(lock)).toMatchObject({ leaseTransitions: 2 });
  });

  test('is still known after a leader that might not read it', async () => {
    const { lock, theirs, first } = await leftBehind();
    first.stop.abort();
    await first.ended;
    theirs.forbid('get');
    const blind = processOn(lock, [theirs], { podName: 'collector-b' });
    await blind.clock.pass(1_000);
    blind.stop.abort();
    await blind.ended;
    theirs.allow('get');
    const next = processOn(lock, [theirs], { podName: 'collector-c' });
    await next.clock.pass(1_000);
    expect(specOf(lock)).toMatchObject({ leaseTransitions: 3 });
  });

  test('is forgotten once it is gone', async () => {
    const { lock, theirs, first } = await leftBehind();
    expect(lock.object?.metadata?.annotations?.[expiredLocksAnnotation]).toBe('configmaps/uid-1/98');
    first.stop.abort();
    await first.ended;
    theirs.remove();
    const next = processOn(lock, [theirs], { podName: 'collector-b' });
    await next.clock.pass(1_000);
    expect(lock.object?.metadata?.annotations).not.toHaveProperty(expiredLocksAnnotation);
  });
});
