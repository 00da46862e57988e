import { describe, expect, onTestFinished, test } from 'vitest';
import { LeaseHolder } from '../../../runtime/src/election/lease-holder.ts';
import { startCampaign } from '../../../runtime/src/election/campaign.ts';
import { nothingSeen } from '../../../runtime/src/election/observation.ts';
import { healthPortAnnotation, lockTokenAnnotation } from '../../../runtime/src/contract/names.ts';
import type { Term } from '../../../runtime/src/term.ts';
import { settled } from '../../support/manual-clock.ts';
import { gate, lostAnswer, refusal, silence } from '../../support/named-object.ts';
import type { Elective, ElectiveSetting, Lease, LeaseStore } from './elections.ts';
import { elective, holderOf, lease, leaseStore, specOf } from './elections.ts';

interface Holding extends Elective {
  readonly store: LeaseStore;
  readonly term: Term;
  readonly holder: LeaseHolder;
  /** Starts renewing. */
  keep(): { readonly ended: Promise<void>; readonly stop: AbortController };
}

/** A process that won the lock at 0 ms, with all requests up to then forgotten. */
async function holding(setting: ElectiveSetting = {}, object?: Lease): Promise<Holding> {
  const store = leaseStore(object ?? lease({ holderIdentity: holderOf('collector-a') }));
  const options = elective(store, setting);
  const campaign = startCampaign(options, nothingSeen).won(new AbortController().signal);
  await options.clock.pass(0);
  const won = await campaign;
  store.requests.length = 0;
  options.told.length = 0;
  const holder = new LeaseHolder(options, won);
  return {
    ...options,
    store,
    term: won.term,
    holder,
    keep() {
      const stop = new AbortController();
      const ended = holder.keep(stop.signal);
      onTestFinished(async () => {
        stop.abort();
        won.term.end('the test is over');
        await options.clock.pass(60_000);
        await ended.catch(() => undefined);
      });
      return { ended, stop };
    },
  };
}

const putsAt = (store: LeaseStore) => store.requests.filter(({ verb }) => verb === 'update').map(({ at }) => at);

/** Somebody changes the object, not the record. */
const touch = (store: LeaseStore, labels = { touched: 'yes' }) =>
  store.write({ ...store.object, metadata: { ...store.object?.metadata, labels } });

describe('a lease is renewed', () => {
  test('every quarter of its duration with one PUT of what was last answered, and the term with it', async () => {
    const { store, clock, term, keep, told } = await holding();
    keep();
    await clock.pass(60_000);
    expect(store.requests).toMatchObject(
      [15_000, 30_000, 45_000, 60_000].map((at, index) => ({
        verb: 'update',
        at,
        object: { metadata: { uid: 'uid-1', resourceVersion: String(99 + index) } },
      })),
    );
    expect(term.validUntil).toBe(100_000);
    expect(told[0]).toEqual({ what: 'lease renewed', term: 8, milliseconds: 0 });
  });

  test('in its renewTime alone', async () => {
    const { store, clock, keep } = await holding();
    const before = specOf(store);
    keep();
    await clock.pass(15_000);
    expect(specOf(store)).toEqual({ ...before, renewTime: '2030-01-01T00:00:15.000000Z' });
    expect(before).toMatchObject({ leaseTransitions: 8, acquireTime: '2030-01-01T00:00:00.000000Z' });
  });

  test('with what others have put there left as it was', async () => {
    const held = lease({ holderIdentity: holderOf('collector-a'), preferredHolder: 'b' }, { annotations: { a: 'b' } });
    const { store, clock, keep } = await holding({ healthPort: 5_555 }, held);
    touch(store);
    keep();
    await clock.pass(15_000);
    expect(store.object?.metadata).toMatchObject({
      labels: { touched: 'yes' },
      annotations: { a: 'b', [healthPortAnnotation]: '5555' },
    });
    expect(specOf(store)).toMatchObject({ preferredHolder: 'b' });
  });

  test('with the copy of the token that is to be carried by then, until then with the one that was found', async () => {
    const annotations = { [lockTokenAnnotation]: 'found' };
    const { store, clock, holder, keep } = await holding(
      {},
      lease({ holderIdentity: holderOf('collector-a') }, { annotations }),
    );
    const copies = ['first', 'second', undefined];
    keep();
    await clock.pass(15_000);
    holder.carry(() => copies.shift());
    await clock.pass(45_000);
    expect(store.requests.map(({ object }) => object?.metadata?.annotations?.[lockTokenAnnotation])).toEqual([
      'found',
      'first',
      'second',
      undefined,
    ]);
  });

  test('until it is told to stop', async () => {
    const { clock, keep } = await holding();
    const { ended, stop } = keep();
    await clock.pass(20_000);
    stop.abort();
    await expect(ended).resolves.toBeUndefined();
    expect(clock.sleeping).toBe(0);
  });
});

describe('a renewal that failed', () => {
  test('is tried again after one second, then after pauses that double up to a quarter of the lease', async () => {
    const { store, clock, term, keep } = await holding();
    for (let times = 0; times < 10; times += 1) store.next('update', refusal('API_THROTTLED'));
    keep();
    await clock.pass(60_000);
    expect(putsAt(store)).toEqual([15_000, 16_000, 18_000, 22_000, 30_000]);
    expect(term.overBecause).toContain('not renewed in time');
  });

  test('is tried again after a quarter of the lease where that is less than a second', async () => {
    const { store, clock, keep } = await holding({ leaseDurationMs: 3_000 });
    for (let times = 0; times < 10; times += 1) store.next('update', refusal('API_THROTTLED'));
    keep();
    await clock.pass(3_000);
    expect(putsAt(store)).toEqual([750, 1_500]);
  });

  test('has no memory once one succeeded', async () => {
    const { store, clock, keep } = await holding();
    store.next('update', refusal('API_THROTTLED'));
    store.next('update', refusal('API_THROTTLED'));
    keep();
    await clock.pass(33_000);
    expect(putsAt(store)).toEqual([15_000, 16_000, 18_000, 33_000]);
    store.next('update', refusal('API_THROTTLED'));
    await clock.pass(16_000);
    expect(putsAt(store).slice(4)).toEqual([48_000, 49_000]);
  });

  test('does not lengthen the term', async () => {
    const { store, clock, term, keep } = await holding();
    for (let times = 0; times < 10; times += 1) store.next('update', refusal('API_UNAVAILABLE'));
    const { ended } = keep();
    await clock.pass(39_999);
    expect(term.validUntil).toBe(40_000);
    expect(term.signal.aborted).toBe(false);
    await clock.pass(1);
    expect(term.signal.aborted).toBe(true);
    await expect(ended).resolves.toBeUndefined();
  });

  test('without an answer is given up after a twelfth of the lease, and the lock asked whose it is', async () => {
    const { store, clock, term, keep, told } = await holding();
    store.next('update', silence);
    keep();
    await clock.pass(19_999);
    expect(store.verbs).toEqual(['update']);
    await clock.pass(1);
    expect(store.verbs).toEqual(['update', 'get', 'update']);
    expect(term.validUntil).toBe(55_000);
    expect(told).toEqual([{ what: 'lease renewed', term: 8, milliseconds: 5_000 }]);
  });

  test.each(['API_UNAVAILABLE', 'API_BROKEN'] as const)(
    'but was applied, its answer lost, costs one GET and one more PUT: %s',
    async (code) => {
      const { store, clock, term, keep } = await holding();
      store.next('update', lostAnswer(code));
      keep();
      await clock.pass(15_000);
      expect(store.verbs).toEqual(['update', 'get', 'update']);
      expect(term.validUntil).toBe(55_000);
    },
  );

  test('is tried again where the lock cannot be read either', async () => {
    const { store, clock, keep, told } = await holding();
    store.next('update', refusal('API_UNAVAILABLE'));
    store.next('get', refusal('API_UNAVAILABLE'));
    keep();
    await clock.pass(16_000);
    expect(store.verbs).toEqual(['update', 'get', 'update']);
    expect(told.map(({ what }) => what)).toEqual(['renewal failed', 'lease renewed']);
  });

  test('is not tried again at once where the term lapsed meanwhile', async () => {
    const { store, clock, term, keep } = await holding();
    store.next('update', async (apply) => {
      await clock.sleep(4_000);
      store.write(store.object ?? {});
      return apply();
    });
    keep();
    await clock.pass(15_000);
    clock.advance(25_000);
    await clock.pass(10_000);
    expect(store.verbs).toEqual(['update', 'get']);
    expect(term.overBecause).toContain('not renewed in time');
  });

  test('because the lock had changed is tried again at once where it still names this term', async () => {
    const { store, clock, term, keep } = await holding();
    touch(store);
    keep();
    await clock.pass(15_000);
    expect(store.verbs).toEqual(['update', 'get', 'update']);
    expect(store.object?.metadata?.labels).toEqual({ touched: 'yes' });
    expect(term.validUntil).toBe(55_000);
  });
});

describe('the term is over', () => {
  test.each<[string, (store: LeaseStore) => void, string]>([
    ['another holder', (store) => store.write(lease({ holderIdentity: 'quicker' })), 'names another holder'],
    [
      'a later term of this very process',
      (store) => store.write(lease({ ...specOf(store), leaseTransitions: 9 })),
      'names another holder',
    ],
    ['nobody', (store) => store.write(lease({ holderIdentity: '' })), 'names another holder'],
    ['nothing, for it was emptied', (store) => store.write({}), 'names another holder'],
    ['nothing, for it was deleted', (store) => store.remove(), 'was deleted'],
    [
      'nothing, for it was deleted and made anew',
      (store) => {
        store.remove();
        store.write(lease({ holderIdentity: 'quicker' }));
      },
      'names another holder',
    ],
  ])('where the lock names %s', async (_, change, reason) => {
    const { store, clock, term, keep } = await holding();
    const { ended } = keep();
    change(store);
    const changed = store.object;
    await clock.pass(600_000);
    await expect(ended).resolves.toBeUndefined();
    expect(store.verbs).toEqual(['update', 'get']);
    expect(store.object).toEqual(changed);
    expect(term.overBecause).toContain(reason);
  });

  test('where the process stood still for too long, and nothing more is written', async () => {
    const { store, clock, term, keep } = await holding();
    const { ended } = keep();
    clock.advance(40_000);
    await expect(ended).resolves.toBeUndefined();
    expect(store.verbs).toEqual([]);
    expect(term.signal.aborted).toBe(true);
  });

  test('where the machine was suspended, and nothing more is written', async () => {
    const { store, clock, term, keep } = await holding();
    keep();
    await clock.pass(10_000);
    clock.shiftWallTime(3_600_000);
    await clock.pass(5_000);
    expect(store.verbs).toEqual([]);
    expect(term.overBecause).toContain('suspended');
  });

  test('and a renewal that had to wait for its turn until then is not sent', async () => {
    const { store, clock, holder, keep } = await holding();
    const slow = gate();
    store.next('update', slow.passage);
    clock.advance(14_000);
    keep();
    const release = holder.release();
    await clock.pass(1_000);
    clock.advance(25_000);
    await settled();
    await release;
    expect(store.verbs).toEqual(['update']);
  });

  test('but a renewal that was sent in time and answered late still counts from its start', async () => {
    const { store, clock, term, keep } = await holding();
    store.next('update', refusal('API_THROTTLED'));
    store.next('update', async (apply) => {
      const answer = apply();
      await clock.sleep(4_900);
      return answer;
    });
    keep();
    await clock.pass(20_900);
    expect(term.validUntil).toBe(56_000);
    await clock.pass(10_100);
    expect(putsAt(store)).toEqual([15_000, 16_000, 31_000]);
  });
});

describe('a release', () => {
  test('is one PUT that names nobody for one second, carries the last copy, and leaves the rest as it was', async () => {
    const annotations = { theirs: 'kept' };
    const held = lease({ holderIdentity: holderOf('collector-a'), strategy: 'X' }, { annotations });
    const { store, holder, clock, told } = await holding({ healthPort: 5_555 }, held);
    holder.carry(() => 'the last');
    clock.advance(1_500);
    await holder.release();
    expect(store.verbs).toEqual(['update']);
    expect(store.object?.metadata?.annotations).toEqual({ theirs: 'kept', [lockTokenAnnotation]: 'the last' });
    expect(specOf(store)).toEqual({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      leaseTransitions: 8,
      acquireTime: '2030-01-01T00:00:01.500000Z',
      renewTime: '2030-01-01T00:00:01.500000Z',
      strategy: 'X',
    });
    expect(told).toEqual([{ what: 'lock released by us', term: 8 }]);
  });

  test('waits for a renewal that is under way, and follows it', async () => {
    const { store, clock, holder, keep } = await holding();
    const slow = gate();
    store.next('update', slow.passage);
    const { stop } = keep();
    await clock.pass(15_000);
    stop.abort();
    const release = holder.release();
    await settled();
    expect(store.verbs).toEqual(['update']);
    slow.open();
    await release;
    expect(store.requests).toMatchObject([
      { object: { metadata: { resourceVersion: '99' } } },
      { object: { metadata: { resourceVersion: '100' }, spec: { holderIdentity: '' } } },
    ]);
    expect(specOf(store)).toMatchObject({ holderIdentity: '' });
  });

  test('is tried once more where the lock had changed but still names this term', async () => {
    const { store, holder } = await holding();
    touch(store);
    await holder.release();
    expect(store.verbs).toEqual(['update', 'get', 'update']);
    expect(specOf(store)).toMatchObject({ holderIdentity: '' });
    expect(store.object?.metadata?.labels).toEqual({ touched: 'yes' });
  });

  test.each<[string, (store: LeaseStore) => void]>([
    ['names another', (store) => store.write(lease({ holderIdentity: 'quicker' }))],
    ['was deleted', (store) => store.remove()],
  ])('writes nothing where the lock %s', async (_, change) => {
    const { store, holder, told } = await holding();
    change(store);
    const before = store.object;
    await holder.release();
    expect(store.verbs).toEqual(['update', 'get']);
    expect(store.object).toEqual(before);
    expect(told).toMatchObject([{ what: 'release failed', term: 8, error: { code: 'TERM_OVER' } }]);
  });

  test('is not sent once the term has lapsed', async () => {
    const { store, clock, holder, told } = await holding();
    clock.advance(40_000);
    await holder.release();
    expect(store.verbs).toEqual([]);
    expect(told).toMatchObject([{ what: 'release failed' }]);
  });

  test('whose answer was lost is found applied, and not written again', async () => {
    const { store, holder, told } = await holding();
    store.next('update', lostAnswer());
    await holder.release();
    expect(store.verbs).toEqual(['update', 'get']);
    expect(told).toEqual([{ what: 'lock released by us', term: 8 }]);
  });

  test('that is not answered is given up after a twelfth of the lease, and tried once more', async () => {
    const { store, clock, holder, told } = await holding();
    store.next('update', silence);
    const release = holder.release();
    await clock.pass(5_000);
    await release;
    expect(store.verbs).toEqual(['update', 'get', 'update']);
    expect(told).toEqual([{ what: 'lock released by us', term: 8 }]);
  });

  test('fails with a defect', async () => {
    const { store, holder } = await holding();
    store.next('update', () => {
      throw new TypeError('a defect');
    });
    await expect(holder.release()).rejects.toThrow('a defect');
  });
});

describe('whether the lock still names this term', () => {
  const ask = ({ holder }: Holding) => holder.stillNamesUs(new AbortController().signal);

  test('is asked with one GET', async () => {
    const held = await holding();
    expect(await ask(held)).toBe(true);
    held.store.write(lease({ ...specOf(held.store), leaseTransitions: 9 }));
    expect(await ask(held)).toBe(false);
    held.store.remove();
    expect(await ask(held)).toBe(false);
    expect(held.store.verbs).toEqual(['get', 'get', 'get']);
  });

  test('stays unanswered where the request does', async () => {
    const held = await holding();
    held.store.next('get', refusal('API_UNAVAILABLE'));
    await expect(ask(held)).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
  });
});
