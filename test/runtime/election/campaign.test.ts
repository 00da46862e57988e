import { describe, expect, onTestFinished, test } from 'vitest';
import { type Campaign, startCampaign, type Won } from '../../../runtime/src/election/campaign.ts';
import { takeoverDelayMs } from '../../../runtime/src/election/candidate-decision.ts';
import { nothingSeen } from '../../../runtime/src/election/observation.ts';
import { healthPortAnnotation, lockTokenAnnotation } from '../../../runtime/src/contract/names.ts';
import { settled } from '../../support/manual-clock.ts';
import { failure, gate, lostAnswer, refusal, silence } from '../../support/named-object.ts';
import type { Elective, ElectiveSetting, LeaseStore } from './elections.ts';
import { elective, foreigner, holderOf, lease, leaseStore, released, renewByOther, specOf, u } from './elections.ts';

interface Standing extends Elective {
  readonly campaign: Campaign;
  readonly store: LeaseStore;
  readonly stop: AbortController;
  readonly won: Promise<Won>;
  /** Undefined until the campaign is won. */
  readonly outcome: () => Won | undefined;
}

function standing(store: LeaseStore, setting?: ElectiveSetting): Standing {
  const options = elective(store, setting);
  const stop = new AbortController();
  const campaign = startCampaign(options, nothingSeen);
  let outcome: Won | undefined;
  const won = campaign.won(stop.signal).then((result) => {
    outcome = result;
    return result;
  });
  const ended = won.catch(() => undefined);
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  return { ...options, store, campaign, stop, won, outcome: () => outcome };
}

const writesOf = (store: LeaseStore) =>
  store.requests.filter(({ verb }) => verb === 'update' || verb === 'create').map(({ verb, at }) => ({ verb, at }));

const halfway = takeoverDelayMs('released', u);
const halfwayExpired = takeoverDelayMs('lease expired', u);

/** What makes the next attempt begin that long after the present one failed. */
const beforeRetry = 100;

describe('a takeover', () => {
  test('of a lock that nobody holds is one POST, after its delay', async () => {
    const { store, clock, outcome } = standing(leaseStore());
    await clock.pass(halfway - 0.001);
    expect(store.verbs).toEqual(['get', 'watch']);
    await clock.pass(0.001);
    expect(store.verbs).toEqual(['get', 'watch', 'create']);
    expect(outcome()).toMatchObject({ because: 'no leader yet', object: store.object });
    expect(outcome()?.term).toMatchObject({ number: 1, validUntil: halfway + 40_000 });
    expect(specOf(store)).toMatchObject({ holderIdentity: holderOf('collector-a'), leaseTransitions: 1 });
  });

  test('of a lock without a record is one PUT', async () => {
    const store = leaseStore({ spec: {} });
    const { clock } = standing(store);
    await clock.pass(150);
    expect(store.verbs).toEqual(['get', 'watch', 'update']);
  });

  test('after an expiry is one PUT with what was last seen, no sooner than the lease and its delay say', async () => {
    const { store, clock, outcome } = standing(leaseStore(lease()));
    await clock.pass(30_000);
    renewByOther(store, 30);
    await clock.pass(60_000 + halfwayExpired - 0.001);
    expect(store.verbs).toEqual(['get', 'watch']);
    await clock.pass(0.001);
    expect(store.verbs).toEqual(['get', 'watch', 'update']);
    expect(store.requests[2]?.object?.metadata).toMatchObject({ uid: 'uid-1', resourceVersion: '99' });
    expect(outcome()).toMatchObject({ because: 'lease expired', term: { validUntil: 130_000 + halfwayExpired } });
  });

  test('after a release is one PUT, as soon as its delay is over', async () => {
    const { store, clock } = standing(leaseStore(lease()));
    await clock.pass(10_000);
    store.write(lease(released));
    await clock.pass(halfway - 0.001);
    expect(store.verbs).toEqual(['get', 'watch']);
    await clock.pass(0.001);
    expect(store.verbs).toEqual(['get', 'watch', 'update']);
  });

  test('from an earlier process of the own pod is not delayed', async () => {
    const annotations = { [healthPortAnnotation]: '5555' };
    const held = lease({ holderIdentity: holderOf('collector-a') }, { annotations });
    const { store, clock } = standing(leaseStore(held), { nonce: '22222222', healthPort: 5_555 });
    await clock.pass(0);
    expect(store.verbs).toEqual(['get', 'watch', 'update']);
    expect(specOf(store)).toMatchObject({
      holderIdentity: 'collector-a_0a1b2c3d_22222222',
      leaseTransitions: 8,
    });
  });

  test('of what names itself is one more acquisition', async () => {
    const { store, clock, outcome } = standing(leaseStore(lease({ holderIdentity: holderOf('collector-a') })));
    await clock.pass(0);
    expect(outcome()).toMatchObject({ because: 'own record', state: { record: { transitions: 8 } } });
    expect(specOf(store)).toMatchObject({ leaseTransitions: 8 });
  });

  test('says who leads, from when and for how long, and takes over the copy of the token', async () => {
    const annotations = { [lockTokenAnnotation]: '{"position":"42"}', [healthPortAnnotation]: '5556', theirs: 'kept' };
    const labels = { app: 'agent' };
    const left = lease({ ...released, strategy: 'X', preferredHolder: 'b' }, { annotations, labels });
    const { store, clock, outcome } = standing(leaseStore(left), { healthPort: 5_555 });
    await clock.pass(1_000);
    const acquired = '2030-01-01T00:00:00.075000Z';
    expect(store.object).toEqual({
      ...left,
      metadata: {
        namespace: 'monitoring',
        name: 'datadog-leader-election',
        uid: 'uid-1',
        resourceVersion: '99',
        labels,
        annotations: { ...annotations, [healthPortAnnotation]: '5555' },
      },
      spec: {
        holderIdentity: holderOf('collector-a'),
        leaseDurationSeconds: 60,
        leaseTransitions: 8,
        acquireTime: acquired,
        renewTime: acquired,
        strategy: 'X',
        preferredHolder: 'b',
      },
    });
    expect(outcome()?.state.tokenCopy).toBe('{"position":"42"}');
  });

  test('is given up as soon as a holder appears during its delay', async () => {
    const { store, clock } = standing(leaseStore(lease(released)));
    await clock.pass(halfway - 1);
    store.write(lease({ holderIdentity: 'quicker', leaseTransitions: 8 }));
    await clock.pass(60_000);
    expect(store.verbs).toEqual(['get', 'watch']);
    await clock.pass(halfwayExpired);
    expect(specOf(store)).toMatchObject({ holderIdentity: holderOf('collector-a'), leaseTransitions: 9 });
  });

  test('closes the watch', async () => {
    const { store, clock, won } = standing(leaseStore());
    await clock.pass(150);
    await won;
    expect(store.openWatches).toBe(0);
  });
});

describe('a takeover that came too late', () => {
  const conflict = () => {
    const store = leaseStore(lease(released));
    store.next('update', (apply) => {
      store.write(lease({ holderIdentity: 'quicker', leaseTransitions: 8 }));
      return apply();
    });
    return store;
  };

  test('is followed by a GET and then by nothing until the winner lets go', async () => {
    const { store, clock, told } = standing(conflict());
    await clock.pass(60_000);
    expect(store.verbs).toEqual(['get', 'watch', 'update', 'get']);
    expect(told.map(({ what }) => what)).toContain('takeover lost');
    store.write(lease({ ...released, leaseTransitions: 8 }));
    await clock.pass(halfway);
    expect(specOf(store)).toMatchObject({ holderIdentity: holderOf('collector-a'), leaseTransitions: 9 });
  });

  test('by a POST is followed by a GET and then by nothing until the winner lets go', async () => {
    const store = leaseStore();
    store.next('create', (apply) => {
      store.write(lease());
      return apply();
    });
    const { clock } = standing(store);
    await clock.pass(60_000);
    expect(store.verbs).toEqual(['get', 'watch', 'create', 'get']);
  });

  test('for the lock was deleted is followed by a POST when the last record has run out', async () => {
    const store = leaseStore(lease());
    store.next('update', (apply) => {
      store.remove();
      return apply();
    });
    const { clock } = standing(store);
    await clock.pass(64_000);
    expect(store.verbs).toEqual(['get', 'watch', 'update', 'get', 'create']);
  });

  test('counts for nothing once somebody leads: what fails after that is tried again soon', async () => {
    const store = leaseStore(lease(released));
    const { clock, outcome } = standing(store, { random: () => 0.999 });
    for (let lost = 0; lost < 10; lost += 1) {
      store.next('update', (apply) => {
        store.write(lease({ holderIdentity: 'quicker', leaseTransitions: lost }));
        return apply();
      });
      await clock.pass(20_000);
      store.write(lease({ ...released, leaseTransitions: lost }));
    }
    store.next('update', refusal('API_UNAVAILABLE'));
    await clock.pass(150 + beforeRetry + 150);
    expect(outcome()).toBeDefined();
  });
});

describe('a takeover whose answer was lost', () => {
  test.each(['API_UNAVAILABLE', 'API_BROKEN', 'API_CONFLICT'] as const)(
    'but that was applied is won without a second PUT, from the start of the first: %s',
    async (code) => {
      const store = leaseStore(lease(released));
      store.next('update', lostAnswer(code));
      const { clock, outcome } = standing(store);
      await clock.pass(1_000);
      expect(store.verbs).toEqual(['get', 'watch', 'update', 'get']);
      expect(outcome()).toMatchObject({ term: { validUntil: halfway + 40_000 }, object: store.object });
      expect(specOf(store)).toMatchObject({ leaseTransitions: 8 });
    },
  );

  test('and that was not applied is tried again', async () => {
    const store = leaseStore(lease(released));
    store.next('update', silence);
    const { clock, outcome } = standing(store);
    await clock.pass(halfway + 5_000);
    expect(store.verbs).toEqual(['get', 'watch', 'update', 'get']);
    await clock.pass(1_000);
    expect(store.verbs).toEqual(['get', 'watch', 'update', 'get', 'update']);
    expect(outcome()?.term.validUntil).toBeGreaterThan(halfway + 45_000);
  });

  test('is tried again where the lock cannot be read either', async () => {
    const store = leaseStore(lease(released));
    store.next('update', refusal('API_UNAVAILABLE'));
    store.next('get', (apply) => apply());
    store.next('get', refusal('API_UNAVAILABLE'));
    const { clock, outcome } = standing(store);
    await clock.pass(1_000);
    expect(store.verbs).toEqual(['get', 'watch', 'update', 'get', 'update']);
    expect(outcome()).toBeDefined();
  });

  test('and that is applied only after the next began does not lengthen the term', async () => {
    const store = leaseStore(lease(released));
    const late = gate();
    store.next('update', late.passage);
    store.next('update', () => {
      late.open();
      return new Promise((_, reject) => setImmediate(() => reject(failure('API_UNAVAILABLE', 'no answer'))));
    });
    store.next('watch', silence);
    const { clock, outcome } = standing(store);
    await clock.pass(halfway + 5_000 + beforeRetry + halfway);
    await clock.pass(1_000);
    const { record } = outcome()?.state ?? {};
    expect(specOf(store)).toMatchObject({ acquireTime: record?.acquireTime, leaseTransitions: record?.transitions });
  });
});

describe('a candidate that is refused', () => {
  test('tries again with growing pauses, and names the refusal', async () => {
    const store = leaseStore(lease(released));
    store.forbid('update');
    const { clock, told } = standing(store, { random: () => 0.5 });
    await clock.pass(120_000);
    const puts = writesOf(store).length;
    expect(puts).toBeGreaterThan(10);
    expect(puts).toBeLessThan(30);
    expect(told).toContainEqual(
      expect.objectContaining({
        what: 'lock request failed',
        error: expect.objectContaining({ code: 'API_FORBIDDEN' }),
      }),
    );
  });

  test('fails with a defect', async () => {
    const store = leaseStore(lease(released));
    store.next('update', () => {
      throw new TypeError('a defect');
    });
    const { clock, won } = standing(store);
    const failed = expect(won).rejects.toThrow('a defect');
    await clock.pass(150);
    await failed;
    expect(store.openWatches).toBe(0);
  });

  test('fails with a defect of what follows the lock', async () => {
    const store = leaseStore(lease());
    store.next('watch', () => {
      throw new TypeError('a defect');
    });
    await expect(standing(store).won).rejects.toThrow('a defect');
  });
});

describe('a candidate that is told to stop', () => {
  test.each<[string, number]>([
    ['waits for a lease', 10_000],
    ['holds back', 60_000 + 1],
  ])('while it %s ends at once, has written nothing and leaves no watch', async (_, ms) => {
    const { store, clock, stop, won } = standing(leaseStore(lease()));
    await clock.pass(ms);
    const failed = expect(won).rejects.toThrow('stopping');
    stop.abort(new Error('stopping'));
    await failed;
    await clock.pass(600_000);
    expect(store.verbs).toEqual(['get', 'watch']);
    expect(store.openWatches).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  test('before it has read the lock ends at once', async () => {
    const store = leaseStore(lease());
    store.next('get', silence);
    const { stop, won } = standing(store);
    await settled();
    const failed = expect(won).rejects.toThrow('stopping');
    stop.abort(new Error('stopping'));
    await failed;
  });
});

test('whoever holds the lock is told of when it is first seen', async () => {
  const { told } = standing(leaseStore(lease()));
  await settled();
  expect(told).toEqual([{ what: 'leader seen', holder: foreigner }]);
});
