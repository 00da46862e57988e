import { describe, expect, test } from 'vitest';
import { decideGap, type GapQuestion, gapEnd, gapRecord, leaseReuseMs } from '../../../runtime/src/collection/gap.ts';

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

describe('whether there is a gap, if Events live for another time than the setting says', () => {
  const answer = (absent: number, facts: Partial<GapQuestion>) => {
    const question = { asOf, readAt: asOf + absent, eventTtlMs: ttl, oldestSurvivor: undefined, ...facts };
    const decision = decideGap(question);
    return decision.gap ? (decision.certain ? 'certain' : 'possible') : 'none';
  };

  test('is answered with "possible" between the shorter and the longer of both times', () => {
    const short = { observedTtlMs: minute };
    expect(answer(56_999, short)).toBe('none');
    expect(answer(57_000, short)).toBe('possible');
    expect(answer(ttl, short)).toBe('possible');
    expect(answer(ttl + minute + 1, short)).toBe('certain');
    const long = { observedTtlMs: 3 * ttl };
    expect(answer(ttl - minute - 1, long)).toBe('none');
    expect(answer(3 * ttl + minute, long)).toBe('possible');
    expect(answer(3 * ttl + minute + 1, long)).toBe('certain');
  });

  test('is answered with "none" all the same if an old version is still there', () => {
    expect(answer(5 * minute, { observedTtlMs: minute, oldestSurvivor: asOf - minute })).toBe('none');
  });

  test('is answered with "possible" if everything is gone that must still live', () => {
    const living = { livingSince: asOf - 5 * minute };
    expect(answer(2 * minute, living)).toBe('possible');
    expect(answer(2 * minute, { ...living, oldestSurvivor: asOf - 1_000 })).toBe('possible');
    expect(answer(2 * minute, { ...living, oldestSurvivor: asOf - 2 * minute })).toBe('none');
    expect(answer(2 * minute, { ...living, preexisting: 9 })).toBe('possible');
    expect(answer(2 * minute, { ...living, preexisting: 10 })).toBe('none');
    expect(answer(54 * minute, living)).toBe('none');
    expect(answer(2 * minute, { livingSince: asOf - 1_000, oldestSurvivor: asOf - 500 })).toBe('none');
  });
});

describe('whether there is a gap, if as-of was told by a clock that was ahead', () => {
  const answer = (absent: number, facts: Partial<GapQuestion>) => {
    const question = { asOf, readAt: asOf + absent, eventTtlMs: ttl, oldestSurvivor: undefined, ...facts };
    const decision = decideGap(question);
    return decision.gap ? (decision.certain ? 'certain' : 'possible') : 'none';
  };

  test('is answered with "possible" from the TTL less that skew on', () => {
    const skewed = { clockSkewMs: 5 * minute };
    expect(answer(54 * minute - 1, skewed)).toBe('none');
    expect(answer(54 * minute, skewed)).toBe('possible');
    expect(answer(ttl + minute + 1, skewed)).toBe('certain');
    expect(answer(54 * minute, { ...skewed, oldestSurvivor: asOf - 5 * minute })).toBe('possible');
    expect(answer(54 * minute, { ...skewed, oldestSurvivor: asOf - 6 * minute })).toBe('none');
  });

  test('expects no object to live for longer than its last write by that clock allows', () => {
    const living = { livingSince: asOf - minute, clockSkewMs: 5 * minute };
    expect(answer(53 * minute - 1, living)).toBe('possible');
    expect(answer(53 * minute, living)).toBe('none');
  });

  test('is certain only beyond the TTL and the skew, if that clock was behind', () => {
    expect(answer(ttl + 6 * minute, { clockSkewMs: -5 * minute })).toBe('possible');
    expect(answer(ttl + 6 * minute + 1, { clockSkewMs: -5 * minute })).toBe('certain');
  });

  test('is answered with "possible" for an as-of in the future, if Events live no longer than clocks may differ', () => {
    expect(answer(-3 * minute, { eventTtlMs: minute })).toBe('possible');
    expect(answer(-3 * minute, { eventTtlMs: ttl })).toBe('none');
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
