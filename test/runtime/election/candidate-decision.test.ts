import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import {
  type Candidate,
  decideCandidate,
  type Opening,
  takeoverDelayMs,
} from '../../../runtime/src/election/candidate-decision.ts';
import { formatIdentity, type Identity, type LeaderRecord } from '../../../runtime/src/election/leader-record.ts';
import { nothingSeen, type Observation } from '../../../runtime/src/election/observation.ts';

const pod: Identity = { podName: 'collector-a', podUid: '0a1b2c3d', nonce: '11111111' };
const before: Identity = { ...pod, nonce: '00000000' };
const other: Identity = { podName: 'collector-b', podUid: '9f8e7d6c', nonce: '22222222' };
const self: Candidate = { identity: pod, healthPort: 5_555 };

const heldBy = (holder: Identity, leaseDurationMs = 60_000): LeaderRecord => ({
  holderIdentity: formatIdentity(holder),
  leaseDurationMs,
  transitions: 7,
  acquireTime: '2030-01-01T00:00:00.000000Z',
  renewTime: '2030-01-01T00:00:00.000000Z',
});

const emptied = (leaseDurationMs: number): LeaderRecord => ({ ...heldBy(other, leaseDurationMs), holderIdentity: '' });

const seen = (record: LeaderRecord, since = 0, healthPort: number | undefined = 5_555): Observation => ({
  ...nothingSeen,
  record,
  since,
  healthPort,
});

describe('a candidate', () => {
  test('acts at once where nobody has ever led', () => {
    expect(decideCandidate(self, nothingSeen, 0)).toEqual({ act: 'acquire', because: 'no leader yet' });
  });

  test('waits for exactly the duration that the holder advertised, counted from when the record was last seen to change', () => {
    const observed = seen(heldBy(other, 15_000), 1_000);
    expect(decideCandidate(self, observed, 15_999)).toEqual({ act: 'wait', until: 16_000 });
    expect(decideCandidate(self, observed, 16_000)).toEqual({ act: 'acquire', because: 'lease expired' });
  });

  test('acts at once on a release, but not on a record that was merely emptied', () => {
    expect(decideCandidate(self, seen(emptied(1_000)), 1)).toEqual({ act: 'acquire', because: 'released' });
    expect(decideCandidate(self, seen(emptied(1_001)), 1)).toEqual({ act: 'wait', until: 1_001 });
    expect(decideCandidate(self, seen(emptied(60_000)), 1)).toEqual({ act: 'wait', until: 60_000 });
  });

  test('does not take a holder with a lease of one second for a release', () => {
    expect(decideCandidate(self, seen(heldBy(other, 1_000)), 999)).toEqual({ act: 'wait', until: 1_000 });
  });

  test('acts on nothing before the time until which somebody unseen may lead', () => {
    for (const record of [emptied(1_000), heldBy(pod), heldBy(before), heldBy(other, 5_000)]) {
      const observed = { ...seen(record, 1_000), notBefore: 61_000 };
      expect(decideCandidate(self, observed, 60_999)).toMatchObject({ act: 'wait' });
      expect(decideCandidate(self, observed, 61_000)).toMatchObject({ act: 'acquire' });
    }
  });

  test('acquires anew at once what names itself', () => {
    expect(decideCandidate(self, seen(heldBy(pod)), 1)).toEqual({ act: 'acquire', because: 'own record' });
  });

  test('never acts on a foreign, unreleased record before its deadline, and always from then on', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1_001, max: 600_000 }), fc.nat(), (since, leaseDurationMs, elapsed) => {
        const decision = decideCandidate(self, seen(heldBy(other, leaseDurationMs), since), since + elapsed);
        expect(decision.act === 'acquire').toBe(elapsed >= leaseDurationMs);
      }),
    );
  });

  test('pays no attention to the times that a record bears', () => {
    const time = fc.option(fc.constantFrom('1970-01-01T00:00:00.000000Z', '2999-01-01T00:00:00.000000Z', 'nonsense'), {
      nil: undefined,
    });
    fc.assert(
      fc.property(time, time, fc.nat(120_000), (acquireTime, renewTime, now) => {
        const record = heldBy(other);
        expect(decideCandidate(self, seen({ ...record, acquireTime, renewTime }), now)).toEqual(
          decideCandidate(self, seen(record), now),
        );
      }),
    );
  });
});

describe('an earlier process of the same pod', () => {
  test('is succeeded without waiting, by whoever has bound the port that it held', () => {
    expect(decideCandidate(self, seen(heldBy(before)), 1)).toEqual({ act: 'acquire', because: 'own pod restarted' });
  });

  test.each<[string, Candidate, Identity, number | undefined]>([
    ['held another port', self, before, 5_556],
    ['named no port', self, before, undefined],
    ['had another uid under the same name', self, { ...before, podUid: 'ffffffff' }, 5_555],
    ['had a uid that merely begins alike', self, { ...before, podUid: '0a1b2c3d4' }, 5_555],
    ['was of a pod whose name merely begins alike', self, { ...before, podName: 'collector-a_0' }, 5_555],
    ['may still run, for this process has bound no port', { ...self, healthPort: undefined }, before, 5_555],
    ['may still run, for neither names a port', { ...self, healthPort: undefined }, before, undefined],
  ])('is waited for like anyone else where it %s', (_, candidate, holder, healthPort) => {
    const observed = { ...seen(heldBy(holder)), healthPort };
    expect(decideCandidate(candidate, observed, 59_999)).toEqual({ act: 'wait', until: 60_000 });
  });

  test('is waited for like anyone else where the own uid is unknown', () => {
    const unknown = { ...self, identity: { ...pod, podUid: '' } };
    expect(decideCandidate(unknown, seen(heldBy({ ...before, podUid: '' })), 1)).toMatchObject({ act: 'wait' });
  });
});

describe('the delay before a takeover', () => {
  const bounds: readonly [Opening, number][] = [
    ['no leader yet', 150],
    ['released', 150],
    ['lease expired', 1_500],
    ['own record', 0],
    ['own pod restarted', 0],
  ];

  test.each(bounds)('for "%s" is the sixth root of chance, below %i ms', (because, bound) => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }), (chance) => {
        const delay = takeoverDelayMs(because, chance);
        expect(delay).toBeCloseTo(bound * Math.cbrt(Math.sqrt(chance)), 6);
        expect(delay).toBeLessThanOrEqual(bound);
      }),
    );
  });

  test('lets the first of two followers act after about 125 ms, the first of five thousand after about 36 ms', () => {
    const earliest = (followers: number) => takeoverDelayMs('released', 1 / (followers + 1));
    expect(earliest(2)).toBeCloseTo(125, 0);
    expect(earliest(5_000)).toBeCloseTo(36, 0);
  });
});
