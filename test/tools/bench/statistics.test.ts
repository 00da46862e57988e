import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { longestPause, median, percentile } from '../../../tools/bench/statistics.ts';

const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });

describe('a percentile', () => {
  test('is one of the values, and so many of them are at most as great', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
        const found = percentile(all, share);
        expect(all).toContain(found);
        expect(all.filter((value) => value <= found).length).toBeGreaterThanOrEqual(share * all.length);
      }),
    );
  });

  test('goes from the least to the greatest, whatever the order', () => {
    expect([0, 0.5, 0.99, 1].map((share) => percentile([30, 10, 20], share))).toEqual([10, 20, 30, 30]);
  });

  test('of 100 values leaves one above p99', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(hundred, 0.99)).toBe(99);
  });

  test('of nothing is an error, not a figure', () => {
    expect(() => percentile([], 0.5)).toThrow('nothing');
  });
});

describe('a median', () => {
  test('lies in the middle, of an even number halfway between two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 9])).toBe(3);
    expect(median([7])).toBe(7);
  });
});

describe('the longest pause', () => {
  test('counts from the last arrival before the signal to the first one after it', () => {
    expect(longestPause([0, 20, 40, 240, 260], 50, 260)).toBe(200);
  });

  test('does not count what ended before, or begins after', () => {
    expect(longestPause([0, 500, 520, 540, 9_000], 510, 540)).toBe(20);
  });

  test('is the same in whatever order the arrivals are told', () => {
    expect(longestPause([260, 0, 240, 40, 20], 50, 260)).toBe(200);
  });

  test('where nothing arrived is an error, not a short pause', () => {
    expect(() => longestPause([0, 20], 50, 260)).toThrow('nothing');
  });
});
