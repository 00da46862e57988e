import { expect, test } from 'vitest';
import { describeFigures, sumOf } from '../../../tools/faults/fault-results.ts';

const figures = { written: 100, lost: 0, merged: 0, twice: 0, gaps: 0, covered: 0, dropped: 0 };

test('a loss is always told, also where it is none; of the rest, what there is', () => {
  expect(describeFigures(figures)).toBe('lost 0 of 100');
  expect(describeFigures({ ...figures, twice: 3, gaps: 1, covered: 50, dropped: 2 })).toBe(
    'lost 0, twice 3, gap records 1, covering 50, dropped 2 of 100',
  );
});

test('the figures of a row are the sum over its tests, and none where nothing was counted', () => {
  expect(sumOf([figures, { ...figures, lost: 1 }])).toEqual({ ...figures, written: 200, lost: 1 });
  expect(sumOf([])).toBeUndefined();
});
