import { describe, expect, test } from 'vitest';
import { decideGap, gapEnd, gapRecord, leaseReuseMs } from '../../../runtime/src/collection/gap.ts';

const minute = 60_000;
const ttl = 60 * minute;
const asOf = 1_000 * minute;

/** What is decided `absent` milliseconds after as-of, with a survivor that was last written so long before as-of. */
function after(absent: number, survivorAge?: number) {
  const oldestSurvivor = survivorAge === undefined ? undefined : asOf - survivorAge;
  const decision = decideGap({ asOf, readAt: asOf + absent, eventTtlMs: ttl, oldestSurvivor });
  return decision.gap ? (decision.certain ? 'certain' : 'possible') : 'none';
}

describe('whether there is a gap', () => {
  test.each([
    ['none', 0],
    ['none', -5 * minute],
    ['none', -10 * minute],
    ['possible', -10 * minute - 1],
    ['possible', -10 * ttl],
    ['none', ttl - minute - 1],
    ['possible', ttl - minute],
    ['possible', ttl],
    ['possible', ttl + minute],
    ['certain', ttl + minute + 1],
    ['certain', 100 * ttl],
  ])('is answered with "%s" where nobody collected for %i ms', (answer, absent) => {
    expect(after(absent)).toBe(answer);
  });

  test('is answered with "none" where an older version is still there, old enough that its lease cannot be the younger one', () => {
    expect(after(ttl, minute)).toBe('none');
    expect(after(ttl + minute + 1, 30 * minute)).toBe('none');
    expect(after(ttl, minute - 1)).toBe('possible');
    expect(after(ttl + minute + 1, 0)).toBe('certain');
    expect(after(ttl, -minute)).toBe('possible');
  });

  test('cannot be known where it is not known since when nobody collected', () => {
    expect(decideGap({ asOf: undefined, readAt: asOf, eventTtlMs: ttl, oldestSurvivor: 0 })).toEqual({
      gap: true,
      certain: false,
    });
  });

  test('allows for leases that are reused for a twentieth of the TTL, at most a minute', () => {
    expect([leaseReuseMs(ttl), leaseReuseMs(24 * ttl), leaseReuseMs(2 * minute)]).toEqual([minute, minute, 6_000]);
  });
});

describe('the record of a gap', () => {
  const gap = {
    from: gapEnd(100n, asOf),
    to: gapEnd(2n ** 70n, undefined),
    reason: 'expired',
    certain: false,
  } as const;

  test('says from where to where, why, and how certain it is', () => {
    expect(gapRecord({ name: 'production', uid: 'cluster' }, 3, gap)).toEqual({
      schema: 'eventbaton.io/v1',
      id: 'gap.cluster.3.100',
      cluster: { name: 'production', uid: 'cluster' },
      gap: {
        from: { resourceVersion: '100', time: '1970-01-01T16:40:00.000Z' },
        to: { resourceVersion: '1180591620717411303424' },
        reason: 'expired',
        certain: false,
      },
    });
  });

  test('has the same id whenever it is decided again, and another one in another history or from another position', () => {
    const id = (history: number, from: bigint) =>
      gapRecord({ uid: 'cluster' }, history, { ...gap, from: gapEnd(from, undefined) }).id;
    expect(id(3, 100n)).toBe(gapRecord({ uid: 'cluster' }, 3, { ...gap, certain: true }).id);
    expect(new Set([id(3, 100n), id(4, 100n), id(3, 101n)]).size).toBe(3);
  });
});
