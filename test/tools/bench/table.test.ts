import { expect, test } from 'vitest';
import { summarize } from '../../../tools/bench/figure.ts';
import { figureTable } from '../../../tools/bench/table.ts';

const lines = figureTable([
  summarize('start', { name: 'to candidate', unit: 'ms', values: [142, 105, 191], goal: 300 }),
  summarize('memory', { name: 'RSS', unit: 'MiB', values: [65.5], goal: 65, floor: 61 }),
  summarize('memory', { name: 'anonymous', unit: 'MiB', values: [18.9, 19.1] }),
]);

test('figures stand below the name of their benchmark, each with what applies to it', () => {
  expect(lines).toEqual([
    '                median   min   max  unit  of  goal  floor',
    '',
    'start',
    '  to candidate     142   105   191  ms     3   300',
    '',
    'memory',
    '  RSS             65.5              MiB    1  65.0   61.0  worse than the goal and the floor',
    '  anonymous       19.0  18.9  19.1  MiB    2',
  ]);
});

test('no line ends in blanks', () => {
  expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
});
