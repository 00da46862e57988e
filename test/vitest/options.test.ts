import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

const plain = {
  run: 'tests',
  all: false,
  files: [],
  pattern: undefined,
  thorough: false,
  load: false,
  times: undefined,
};

test.each([
  [[], {}],
  [['--all', '--thorough'], { all: true, thorough: true }],
  [['test/real/crash.test.ts', '-t', 'gone'], { files: ['test/real/crash.test.ts'], pattern: 'gone' }],
  [['a.test.ts', '--times', '50', '--load'], { files: ['a.test.ts'], times: 50, load: true }],
])('%j: runs what they ask for', (words, asked) => {
  expect(readOptions(words)).toEqual({ ...plain, ...asked });
});

test.each([
  [['--al'], '--al'],
  [['--times', '0', 'a'], '--times must be'],
  [['--times', 'often', 'a'], '--times must be'],
  [['--times', '5'], 'needs a FILE'],
])('%j: nothing runs, and the error names what is wrong', (words, wrong) => {
  expect(readOptions(words)).toMatchObject({ run: 'nothing', because: expect.stringContaining(wrong) });
});
