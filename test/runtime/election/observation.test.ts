import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { leaseCodec } from '../../../runtime/src/election/lease-codec.ts';
import {
  isOlder,
  nothingSeen,
  type Observation,
  observe,
  observeSetBack,
} from '../../../runtime/src/election/observation.ts';
import { healthPortAnnotation } from '../../../runtime/src/contract/names.ts';
import { type Lease, lease, released } from './elections.ts';

const version = (resourceVersion: string, uid = 'uid-1') => ({ uid, resourceVersion });

const see = (before: Observation, object: Lease | undefined, now: number) =>
  observe(before, object, object === undefined ? undefined : leaseCodec.read(object), now);

const first = see(nothingSeen, lease({}, version('97')), 1_000);

test('the time of a record is that of its first sight', () => {
  expect(first).toMatchObject({ since: 1_000, record: { holderIdentity: 'someone-else', transitions: 7 } });
});

describe('the time of a record', () => {
  test('goes on where only the object around it changed', () => {
    const annotated = lease({}, { ...version('98'), annotations: { 'eventbaton.io/token': '{}' } });
    expect(see(first, annotated, 2_000)).toMatchObject({ since: 1_000, object: annotated });
  });

  test('goes on where fields changed that are not of the record', () => {
    expect(see(first, lease({ preferredHolder: 'someone' }, version('98')), 2_000).since).toBe(1_000);
  });

  test.each<[string, Record<string, unknown>]>([
    ['its renewal', { renewTime: '2030-01-01T00:00:00.000001Z' }],
    ['its acquisition', { acquireTime: '2030-01-01T00:00:00.000001Z' }],
    ['its holder', { holderIdentity: 'another' }],
    ['its duration', { leaseDurationSeconds: 61 }],
    ['its transitions', { leaseTransitions: 8 }],
    ['a release', released],
    ['a renewal that bears an earlier time', { renewTime: '1999-01-01T00:00:00.000000Z' }],
  ])('starts anew with %s', (_, change) => {
    expect(see(first, lease(change, version('98')), 2_000).since).toBe(2_000);
  });

  test('starts anew where the lock was deleted and made again by another', () => {
    const deleted = see(first, undefined, 2_000);
    expect(see(deleted, lease({ holderIdentity: 'another' }, version('3', 'uid-2')), 3_000)).toMatchObject({
      since: 3_000,
      record: { holderIdentity: 'another' },
    });
  });
});

describe('a sight of an earlier state', () => {
  const renewed = see(first, lease({ renewTime: '2030-01-01T00:00:15.000000Z' }, version('100')), 15_000);
  const setBack = (before: Observation, object: Lease, now: number) =>
    observeSetBack(before, object, leaseCodec.read(object), now, 60_000);

  test('is told by the resourceVersions of one object, compared as numbers', () => {
    expect(isOlder(lease({}, version('99')), renewed.object)).toBe(true);
    expect(isOlder(lease({}, version('100')), renewed.object)).toBe(false);
    expect(isOlder(lease({}, version('99', 'uid-2')), renewed.object)).toBe(false);
    expect(isOlder(lease({}, version('99')), undefined)).toBe(false);
    expect(isOlder(undefined, renewed.object)).toBe(false);
  });

  test('counts where the store was put back, with its time begun anew and the object as it is now', () => {
    const object = lease({ holderIdentity: 'earlier' }, version('98'));
    expect(setBack(renewed, object, 16_000)).toMatchObject({
      since: 16_000,
      record: { holderIdentity: 'earlier' },
      object,
      notBefore: 76_000,
    });
  });

  test.each<[string, Observation, Lease, number]>([
    ['a release', renewed, lease(released, version('98')), 60_000],
    [
      'the release that had been seen',
      see(first, lease(released, version('100')), 15_000),
      lease({}, version('98')),
      60_000,
    ],
    ['a longer lease than its own', renewed, lease({ leaseDurationSeconds: 90 }, version('98')), 90_000],
    ['nothing', renewed, { metadata: version('98') }, 60_000],
  ])('lets nobody act for the longest lease in question, where it says %s', (_, before, object, ms) => {
    expect(setBack(before, object, 16_000).notBefore).toBe(16_000 + ms);
    expect(see(setBack(before, object, 16_000), lease({}, version('101')), 17_000).notBefore).toBe(16_000 + ms);
  });
});

describe('the last record stands', () => {
  test('where the lock was deleted', () => {
    expect(see(first, undefined, 2_000)).toEqual({ ...first, object: undefined });
  });

  test.each<[string, Lease]>([
    ['has no spec any more', { metadata: version('98') }],
    ['was emptied', { metadata: version('98'), spec: {} }],
    ['has lost its holder but not its duration', lease({ holderIdentity: '' }, version('98'))],
    ['has only its transitions left', { metadata: version('98'), spec: { leaseTransitions: 7 } }],
  ])('where the lock %s', (_, object) => {
    expect(see(first, object, 2_000)).toEqual({ ...first, object });
  });

  test('through any number of deletions and emptyings, and its deadline with it', () => {
    const sights = fc.array(fc.constantFrom<Lease | undefined>(undefined, { spec: {} }, lease({ holderIdentity: '' })));
    fc.assert(
      fc.property(sights, (objects) => {
        const last = objects.reduce<Observation>((seen, object, index) => see(seen, object, 2_000 + index), first);
        expect(last).toMatchObject({ record: first.record, since: first.since });
      }),
    );
  });
});

test('a lock that names nobody, seen first, counts for as long as it says', () => {
  expect(see(nothingSeen, lease({ holderIdentity: '' }), 5)).toMatchObject({
    since: 5,
    record: { holderIdentity: '', leaseDurationMs: 60_000 },
  });
});

test('a lock without a record, seen first, is no record', () => {
  const object = { metadata: version('97') };
  expect(see(nothingSeen, object, 5)).toEqual({ ...nothingSeen, object });
});

test('the port is that of the record that stands', () => {
  const held = see(nothingSeen, lease({}, { ...version('97'), annotations: { [healthPortAnnotation]: '5555' } }), 0);
  expect(held.healthPort).toBe(5_555);
  expect(see(held, { metadata: version('98') }, 1).healthPort).toBe(5_555);
  expect(see(held, lease({ holderIdentity: 'another' }, version('98')), 1).healthPort).toBeUndefined();
});
