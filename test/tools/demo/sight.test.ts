import { describe, expect, test } from 'vitest';
import { nothingSeen, podOf, tellChanges } from '../../../tools/demo/sight.ts';

const led = { holder: 'collector-0_0a1b2c3d_11111111', term: 4, token: '100' };
const labels = (...sights: Parameters<typeof tellChanges>) => tellChanges(...sights).map(({ label }) => label);

describe('of lock and token', () => {
  test('nothing is told while nothing changes, renewals included', () => {
    expect(tellChanges(led, { ...led })).toEqual([]);
    expect(tellChanges(nothingSeen, nothingSeen)).toEqual([]);
  });

  test('a new leader is told with pod and term', () => {
    expect(tellChanges(led, { ...led, holder: 'collector-1_9f8e7d6c_22222222', term: 5 })).toMatchObject([
      { label: 'leader', text: 'collector-1, term 5' },
    ]);
  });

  test('a leader that is a new process of the same pod is told apart from the old one', () => {
    expect(tellChanges(led, { ...led, holder: 'collector-0_0a1b2c3d_33333333', term: 5 })).toMatchObject([
      { text: 'collector-0, term 5, a new process of the same pod' },
    ]);
  });

  test('a release is told after the token that was written before it', () => {
    expect(labels(led, { ...led, holder: '', token: '120' })).toEqual(['token', 'lock']);
  });

  test('a takeover is told before the token that the new leader wrote', () => {
    expect(labels(nothingSeen, led)).toEqual(['leader', 'token']);
  });

  test('the token is told as the way it went, and the first one with what it means', () => {
    expect(tellChanges(led, { ...led, token: '120' })).toEqual([{ label: 'token', text: '100 → 120' }]);
    for (const token of [undefined, '0'])
      expect(tellChanges({ ...led, token }, led)[0]?.text).toMatch(/^100 .* all up to it is delivered$/);
  });

  test('a token of 0 is not called a delivery', () => {
    expect(tellChanges(nothingSeen, { ...nothingSeen, token: '0' })[0]?.text).toContain('nothing is delivered yet');
  });
});

test('the pod of an identity is what stands before its uid', () => {
  expect(podOf('collector-0.x_0a1b2c3d_11111111')).toBe('collector-0.x');
});
