import { describe, expect, onTestFinished, test } from 'vitest';
import { lockResources } from '../../../runtime/src/contract/lock-resource.ts';
import { healthPortAnnotation, lockTokenAnnotation } from '../../../runtime/src/contract/names.ts';
import { takeoverDelayMs } from '../../../runtime/src/election/candidate-decision.ts';
import { type Leadership, runElector } from '../../../runtime/src/election/elector.ts';
import { lockKinds, otherKinds } from '../../../runtime/src/election/lock-kinds.ts';
import { untilAborted } from '../../../runtime/src/support/signals.ts';
import { failure, lostAnswer, refusal } from '../../support/named-object.ts';
import type { ElectiveSetting, Lease, LeaseStore } from './elections.ts';
import { elective, holderOf, lockOf, lockStore, released, renewByOther, specOf, u } from './elections.ts';

const halfway = takeoverDelayMs('released', u);
const halfwayExpired = takeoverDelayMs('lease expired', u);

/** One process, from its start to its end, which comes with the test's. */
function processOn(store: LeaseStore, setting?: ElectiveSetting) {
  const options = elective(store, setting);
  const stop = new AbortController();
  const leaderships: Leadership[] = [];
  const lead = async (leadership: Leadership, stopping: AbortSignal) => {
    leaderships.push(leadership);
    await untilAborted(stopping, leadership.term.signal);
  };
  const ended = runElector({ ...options, lead, onRole: () => undefined }, stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await options.clock.pass(60_000);
    await ended;
  });
  return { ...options, stop, ended, leaderships };
}

test.each(lockResources)('the kinds other than %s are two', (resource) => {
  expect(otherKinds(resource).map((kind) => kind.resource)).toEqual(lockResources.filter((each) => each !== resource));
  expect(lockKinds[resource].resource).toBe(resource);
});

describe.each(lockResources)('a lock among %s', (resource) => {
  const locked = (spec?: Record<string, unknown>, metadata?: Lease['metadata']) => lockOf(resource, spec, metadata);

  test('is made, renewed and released with one request each', async () => {
    const store = lockStore(resource);
    const { clock, stop, ended } = processOn(store);
    await clock.pass(halfway + 30_000);
    expect(specOf(store)).toMatchObject({ holderIdentity: holderOf('collector-a'), leaseTransitions: 1 });
    expect(String(specOf(store)['renewTime'])).toMatch(/^2030-01-01T00:00:30/);
    stop.abort();
    await ended;
    expect(store.verbs).toEqual(['get', 'watch', 'create', 'update', 'update', 'update']);
    expect(specOf(store)).toMatchObject({ ...released, leaseTransitions: 1 });
  });

  test('is honoured until its record stayed unchanged for its own duration', async () => {
    const store = lockStore(resource, locked());
    const { clock } = processOn(store);
    await clock.pass(30_000);
    renewByOther(store, 30);
    await clock.pass(60_000 + halfwayExpired - 0.001);
    expect(store.verbs).toEqual(['get', 'watch']);
    await clock.pass(0.001);
    expect(specOf(store)).toMatchObject({ holderIdentity: holderOf('collector-a'), leaseTransitions: 8 });
  });

  test('is taken at once after a release, with what others have put there left as it was', async () => {
    const annotations = { theirs: 'kept', [lockTokenAnnotation]: 'copy' };
    const labels = { app: 'agent' };
    const spec = { ...released, strategy: 'X', preferredHolder: 'b' };
    const store = lockStore(resource, { ...locked(spec, { annotations, labels }), data: { their: 'key' } });
    const { clock, leaderships } = processOn(store);
    await clock.pass(halfway + 15_000);
    expect(specOf(store)).toMatchObject({
      holderIdentity: holderOf('collector-a'),
      strategy: 'X',
      preferredHolder: 'b',
    });
    expect(store.object).toMatchObject({ data: { their: 'key' }, metadata: { labels, annotations } });
    expect(leaderships[0]?.holder.copy).toBe('copy');
  });

  test('that an earlier process of the own pod holds is taken at once', async () => {
    const annotations = { [healthPortAnnotation]: '5555' };
    const store = lockStore(resource, locked({ holderIdentity: holderOf('collector-a') }, { annotations }));
    const { clock } = processOn(store, { nonce: '22222222', healthPort: 5_555 });
    await clock.pass(0);
    expect(store.verbs).toEqual(['get', 'watch', 'update']);
  });

  test('that was deleted while another leads counts until the deadline of the last record, and its numbers go on', async () => {
    const store = lockStore(resource, locked());
    const { clock } = processOn(store);
    await clock.pass(10_000);
    store.remove();
    await clock.pass(49_999);
    expect(store.verbs).toEqual(['get', 'watch']);
    await clock.pass(1 + halfwayExpired);
    expect(store.verbs).toEqual(['get', 'watch', 'create']);
    expect(specOf(store)).toMatchObject({ leaseTransitions: 8 });
  });

  test('that was emptied while another leads counts until the deadline of the last record', async () => {
    const store = lockStore(resource, locked());
    const { clock } = processOn(store);
    await clock.pass(10_000);
    const { name = '', namespace = '' } = store.object?.metadata ?? {};
    store.write({ metadata: { name, namespace } });
    await clock.pass(49_999);
    expect(store.verbs).toEqual(['get', 'watch']);
    await clock.pass(1 + halfwayExpired);
    expect(store.verbs).toEqual(['get', 'watch', 'update']);
  });

  test('that was deleted at the moment of a takeover is made again when the last record has run out', async () => {
    const store = lockStore(resource, locked());
    store.next('update', (apply) => {
      store.remove();
      return apply();
    });
    const { clock } = processOn(store);
    await clock.pass(64_000);
    expect(store.verbs.slice(0, 5)).toEqual(['get', 'watch', 'update', 'get', 'create']);
  });

  test('that was deleted during a term ends it, and the next has the next number', async () => {
    const store = lockStore(resource);
    const { clock, leaderships } = processOn(store);
    await clock.pass(1_000);
    store.remove();
    await clock.pass(15_000);
    expect(store.verbs.slice(3, 7)).toEqual(['update', 'get', 'get', 'watch']);
    expect(leaderships[0]?.term.overBecause).toContain('was deleted');
    expect(leaderships[1]?.term.number).toBe(2);
  });

  test('that was deleted before a release is not made again', async () => {
    const store = lockStore(resource);
    const { clock, stop, ended, told } = processOn(store);
    await clock.pass(1_000);
    store.remove();
    stop.abort();
    await ended;
    expect(store.verbs.slice(3)).toEqual(['update', 'get']);
    expect(store.object).toBeUndefined();
    expect(told.at(-1)).toMatchObject({ what: 'release failed', error: { code: 'TERM_OVER' } });
  });

  test('whose takeover was applied although the answer was lost is not written twice', async () => {
    const store = lockStore(resource, locked(released));
    store.next('update', lostAnswer());
    const { clock, leaderships } = processOn(store);
    await clock.pass(1_000);
    expect(store.verbs).toEqual(['get', 'watch', 'update', 'get']);
    expect(leaderships[0]?.term.validUntil).toBe(halfway + 40_000);
  });

  describe('that may not be watched', () => {
    const unwatched = (spec?: Record<string, unknown>) => {
      const store = lockStore(resource, locked(spec));
      store.forbid('watch');
      return store;
    };
    const asked = (store: LeaseStore) => store.verbs.filter((verb) => verb !== 'watch');

    test('costs one read for each deadline, and one warning', async () => {
      const store = unwatched();
      const { clock, told } = processOn(store, { random: () => 0.5 });
      for (let second = 0; second < 600; second += 15) {
        renewByOther(store, second);
        await clock.pass(15_000);
      }
      expect(asked(store).length).toBeGreaterThanOrEqual(8);
      expect(asked(store).length).toBeLessThanOrEqual(10);
      expect(new Set(asked(store))).toEqual(new Set(['get']));
      expect(told.filter(({ what }) => what === 'lock watch forbidden')).toHaveLength(1);
    });

    test('is taken after an expiry only once it was read again', async () => {
      const store = unwatched();
      const { clock } = processOn(store, { random: () => 0.5 });
      await clock.pass(50_000);
      renewByOther(store, 50);
      await clock.pass(90_999);
      expect(asked(store)).toEqual(['get', 'get']);
      await clock.pass(1 + 1_500);
      expect(asked(store)).toEqual(['get', 'get', 'get', 'update']);
    });

    test('is taken after a release that is read', async () => {
      const store = unwatched(released);
      const { clock } = processOn(store);
      await clock.pass(halfway);
      expect(store.verbs).toEqual(['get', 'watch', 'update']);
    });
  });
});

describe.each(['configmaps', 'endpoints'] as const)('times of whole seconds, on %s,', (resource) => {
  test('let no renewal lengthen the term that others cannot tell from the one before', async () => {
    const store = lockStore(resource, lockOf(resource, { holderIdentity: holderOf('collector-a') }));
    const { clock, leaderships } = processOn(store, { leaseDurationMs: 2_400 });
    await clock.pass(0);
    const [leadership] = leaderships;
    expect(leadership?.term.validUntil).toBe(1_600);
    await clock.pass(600);
    expect(store.verbs).toEqual(['get', 'watch', 'update', 'update']);
    expect(leadership?.term.validUntil).toBe(1_600);
    await clock.pass(600);
    expect(leadership?.term.validUntil).toBe(2_800);
    await clock.pass(600);
    expect(leadership?.term.validUntil).toBe(2_800);
    await clock.pass(600);
    expect(leadership?.term.validUntil).toBe(4_000);
  });

  test('let no attempt that repeats another lengthen the term: the first may be the one that was applied', async () => {
    const store = lockStore(resource, lockOf(resource, released));
    let late: () => unknown = () => undefined;
    store.next('update', (apply) => {
      late = apply;
      throw failure('API_UNAVAILABLE', 'no answer');
    });
    store.next('update', () => {
      late();
      throw failure('API_UNAVAILABLE', 'no answer');
    });
    const { clock, leaderships } = processOn(store);
    await clock.pass(900);
    expect(store.verbs).toEqual(['get', 'watch', 'update', 'get', 'update', 'get']);
    expect(leaderships[0]?.term.validUntil).toBe(halfway + 40_000);
  });

  test('make an attempt in another second one of its own', async () => {
    const store = lockStore(resource, lockOf(resource, released));
    store.next('update', refusal('API_UNAVAILABLE'));
    store.next('get', (apply) => apply());
    store.next('get', async (apply) => {
      await clock.sleep(1_000);
      return apply();
    });
    const { clock, leaderships } = processOn(store);
    await clock.pass(2_000);
    expect(leaderships[0]?.term.validUntil).toBeGreaterThan(41_000);
  });
});
