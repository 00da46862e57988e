import { fc } from '../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { Term } from '../../runtime/src/term.ts';
import { manualClock } from '../support/manual-clock.ts';

function termOf(startedAt = 0) {
  const clock = manualClock();
  return { clock, term: new Term({ number: 7, holder: 'collector-a', startedAt, renewDeadlineMs: 40_000, clock }) };
}

describe('a term', () => {
  test('lapses exactly one renew deadline after the start of the request that began it', () => {
    const { clock, term } = termOf(-3_000);
    clock.advance(36_999);
    expect(term.check()).toBe(true);
    clock.advance(1);
    expect(term.check()).toBe(false);
    expect(term.overBecause).toBe('term 7 is over: the lease was not renewed in time');
  });

  test('lapses exactly one renew deadline after the start of the last renewal that succeeded', () => {
    const { clock, term } = termOf();
    clock.advance(20_000);
    term.renewed(15_000);
    expect(term.validUntil).toBe(55_000);
    clock.advance(34_999);
    expect(term.check()).toBe(true);
    clock.advance(1);
    expect(term.check()).toBe(false);
  });

  test('is not shortened by the answer to an earlier renewal that came late', () => {
    const { term } = termOf();
    term.renewed(15_000);
    term.renewed(10_000);
    expect(term.validUntil).toBe(55_000);
  });

  test('never comes back once it was found lapsed', () => {
    const { clock, term } = termOf();
    clock.advance(40_000);
    expect(term.check()).toBe(false);
    term.renewed(39_000);
    expect(term.check()).toBe(false);
    expect(() => term.assertValid()).toThrow('the lease was not renewed in time');
  });

  test('says by its signal that it is over, once and with its first reason', () => {
    const { term } = termOf();
    const reasons: unknown[] = [];
    term.signal.addEventListener('abort', () => reasons.push(term.signal.reason));
    expect(term.overBecause).toBeUndefined();
    term.end('another leads');
    term.end('something else');
    expect(reasons).toEqual([expect.objectContaining({ code: 'TERM_OVER' })]);
    expect(term.overBecause).toBe('term 7 is over: another leads');
  });

  test('lets nothing be done in its name once it is over', () => {
    const { clock, term } = termOf();
    expect(() => term.assertValid()).not.toThrow();
    clock.advance(40_000);
    expect(() => term.assertValid()).toThrow(expect.objectContaining({ code: 'TERM_OVER' }));
  });
});

describe('a machine that was suspended', () => {
  test('has lost its term once wall time ran more than a second ahead', () => {
    const { clock, term } = termOf();
    clock.shiftWallTime(1_000);
    expect(term.check()).toBe(true);
    clock.shiftWallTime(1_001);
    expect(term.check()).toBe(false);
    expect(term.overBecause).toContain('suspended');
  });

  test('is found out by the first check after it, however much monotonic time passed as well', () => {
    const { clock, term } = termOf();
    clock.advance(5_000);
    clock.shiftWallTime(300_000);
    clock.advance(5_000);
    expect(() => term.assertValid()).toThrow('suspended');
  });

  test('is not seen in a clock that was set back', () => {
    const { clock, term } = termOf();
    clock.shiftWallTime(-3_600_000);
    expect(term.check()).toBe(true);
    clock.advance(1_000);
    expect(term.check()).toBe(true);
  });

  test('is not seen in clocks that drift apart slowly', () => {
    const { clock, term } = termOf();
    for (let second = 0; second < 10_000; second += 1) {
      term.renewed(clock.now());
      clock.advance(1_000);
      clock.shiftWallTime(1);
      expect(term.check()).toBe(true);
    }
  });
});

test('whatever happens, a term is valid only within a renew deadline of a renewal, and never again after it was not', () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('pass' as const), ms: fc.nat(30_000) }),
    fc.record({ what: fc.constant('renew' as const), ms: fc.nat(5_000) }),
    fc.record({ what: fc.constant('suspend' as const), ms: fc.nat(3_000) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { clock, term } = termOf();
      let lastStart = 0;
      let over = false;
      for (const { what, ms } of steps) {
        if (what === 'pass') clock.advance(ms);
        else if (what === 'suspend') clock.shiftWallTime(ms);
        else {
          term.renewed(clock.now() - ms);
          lastStart = Math.max(lastStart, clock.now() - ms);
        }
        const valid = term.check();
        expect(valid && (over || clock.now() >= lastStart + 40_000)).toBe(false);
        over ||= !valid;
        expect(term.signal.aborted).toBe(over);
      }
    }),
  );
});
