import { describe, expect, test } from 'vitest';
import { ClaimWatch, decideClaim, type LockName } from '../../../runtime/src/token/claim-decision.ts';
import { nothingStored } from '../../../runtime/src/token/token-config-map.ts';

const own: LockName = { resource: 'leases', name: 'the-lock' };
const patienceMs = 660_000;

function decide(
  claimLock: string | undefined,
  {
    unchangedMs = 0,
    free = [] as readonly string[],
    claim = 'b_1_2/7',
    claimLastsMs = undefined as number | undefined,
  } = {},
) {
  const stored = { ...nothingStored, claim: claim === '' ? undefined : claim, claimLock, claimLastsMs };
  return decideClaim({ stored, own, unchangedMs, patienceMs, isKnownFree: (resource) => free.includes(resource) });
}

describe('a token', () => {
  test('without a claim is free, also if the lock of the last one still stands there', () => {
    expect(decide(undefined, { claim: '' })).toEqual({ kind: 'free' });
    expect(decide('leases/another', { claim: '' })).toEqual({ kind: 'free' });
  });

  test('whose claim names no lock is free: version 0.1.0 wrote it', () => {
    expect(decide(undefined)).toEqual({ kind: 'free' });
  });

  test('that was claimed in the name of the own lock is free: the lock decides who leads', () => {
    expect(decide('leases/the-lock')).toEqual({ kind: 'free' });
  });

  test.each(['leases/another', 'configmaps/the-lock', 'endpoints/another', 'nonsense'])(
    'that was claimed in the name of %s is taken',
    (lock) => {
      expect(decide(lock)).toEqual({ kind: 'taken', holder: 'b_1_2', lock });
      expect(decide(lock, { unchangedMs: patienceMs - 1 })).toMatchObject({ kind: 'taken' });
    },
  );

  test('is free if nobody holds that lock, which differs from the own one in its kind only', () => {
    expect(decide('configmaps/the-lock', { free: ['configmaps'] })).toEqual({ kind: 'free' });
    expect(decide('configmaps/the-lock', { free: ['endpoints'] })).toMatchObject({ kind: 'taken' });
    expect(decide('configmaps/another', { free: ['configmaps'] })).toMatchObject({ kind: 'taken' });
  });

  test('that nobody has written for longer than a leader may wait is abandoned', () => {
    const holder = { holder: 'b_1_2', lock: 'leases/another' };
    expect(decide('leases/another', { unchangedMs: patienceMs })).toEqual({ kind: 'abandoned', ...holder });
  });

  test('stands for as long as its claimer says, if that is longer', () => {
    const lasting = { claimLastsMs: 2 * patienceMs };
    expect(decide('leases/another', { ...lasting, unchangedMs: 2 * patienceMs - 1 })).toMatchObject({ kind: 'taken' });
    expect(decide('leases/another', { ...lasting, unchangedMs: 2 * patienceMs })).toMatchObject({ kind: 'abandoned' });
    expect(decide('leases/another', { claimLastsMs: 1, unchangedMs: 1 })).toMatchObject({ kind: 'taken' });
  });
});

test('a claim is unchanged since it or the token was last seen to change', () => {
  const watch = new ClaimWatch();
  const stored = { ...nothingStored, claim: 'b_1_2/7', claimLock: 'leases/another', claimRenewed: '10:00', key: '5' };
  const changes = [stored, stored, { ...stored, claimRenewed: '10:10' }, stored, { ...stored, key: '6' }];
  const ages = changes.map((each, index) => watch.unchangedMs(each, index * 1_000));
  expect(ages).toEqual([0, 1_000, 0, 0, 0]);
});
