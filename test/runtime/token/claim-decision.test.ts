import { describe, expect, test } from 'vitest';
import { ClaimWatch, decideClaim, type LockName } from '../../../runtime/src/token/claim-decision.ts';
import { nothingStored } from '../../../runtime/src/token/token-config-map.ts';

const own: LockName = { resource: 'leases', name: 'the-lock' };
const patienceMs = 660_000;

function decide(
  claimLock: string | undefined,
  { unchangedMs = 0, free = [] as readonly string[], claim = 'b_1_2/7' } = {},
) {
  const stored = { ...nothingStored, claim: claim === '' ? undefined : claim, claimLock };
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
});

test('a ConfigMap is unchanged since its resourceVersion was first seen', () => {
  const watch = new ClaimWatch();
  const at = (version: string | undefined, now: number) => watch.unchangedMs({ ...nothingStored, version }, now);
  expect([at('5', 1_000), at('5', 61_000), at('6', 62_000), at('6', 63_000), at('5', 64_000)]).toEqual([
    0, 60_000, 0, 1_000, 0,
  ]);
});
