import { describe, expect, test } from 'vitest';
import { type Figure, formatValue, summarize } from '../../../tools/bench/figure.ts';

const figure = (overrides: Partial<Figure>): Figure => ({ name: 'silence', unit: 'ms', values: [100], ...overrides });
const worseThan = (overrides: Partial<Figure>) => summarize('handover', figure(overrides)).worseThan;

describe('a figure', () => {
  test('is told by its median, its least and its greatest value', () => {
    expect(summarize('handover', figure({ values: [300.4, 100, 200.2], goal: 250 }))).toEqual({
      benchmark: 'handover',
      name: 'silence',
      unit: 'ms',
      median: 200,
      min: 100,
      max: 300,
      count: 3,
      goal: 250,
      worseThan: [],
    });
  });

  test('is worse than what its median does not reach', () => {
    expect(worseThan({ goal: 99, floor: 101 })).toEqual(['goal']);
    expect(worseThan({ goal: 99, floor: 99 })).toEqual(['goal', 'floor']);
    expect(worseThan({})).toEqual([]);
  });

  test('is worse where it is lower, if more is better', () => {
    expect(worseThan({ better: 'more', floor: 101 })).toEqual(['floor']);
    expect(worseThan({ better: 'more', floor: 99 })).toEqual([]);
  });

  test('is not worse by less than what is shown', () => {
    expect(worseThan({ unit: 'MiB', values: [65.04], goal: 65 })).toEqual([]);
    expect(worseThan({ unit: 'MiB', values: [65.06], goal: 65 })).toEqual(['goal']);
  });
});

test('short times have one digit more', () => {
  expect([0.44, 9.94, 12.4].map((value) => formatValue(value, 'ms'))).toEqual(['0.4', '9.9', '12']);
});
