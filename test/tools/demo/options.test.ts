import { expect, test } from 'vitest';
import { readOptions } from '../../../tools/demo/options.ts';

const plain = { run: 'demo', json: false, place: { kind: 'embedded' } };

test('without options: the demo runs on the embedded API server', () => {
  expect(readOptions([])).toEqual(plain);
});

test.each([
  [['--json'], { json: true }],
  [['--embedded', '--json'], { json: true }],
  [['--real'], { place: { kind: 'real' } }],
  [['--kubeconfig', 'here'], { place: { kind: 'kubeconfig', file: 'here' } }],
])('%j: the demo runs as they ask', (words, asked) => {
  expect(readOptions(words)).toEqual({ ...plain, ...asked });
});

test.each([['--help'], ['-h'], ['--json', '--help']])('%s: help is printed and nothing starts', (...words) => {
  expect(readOptions(words)).toEqual({ run: 'help' });
});

test.each([
  [['--json', '--jsn'], '--jsn'],
  [['--help', 'now'], 'now'],
  [['--kubeconfig'], '--kubeconfig'],
  [['--embedded', '--kubeconfig', 'here'], 'choose one of --embedded, --kubeconfig'],
  [['--real', '--embedded'], 'choose one of --embedded, --real'],
])('%j: nothing starts, and the error names what is wrong', (words, wrong) => {
  expect(readOptions(words)).toMatchObject({ run: 'nothing', because: expect.stringContaining(wrong) });
});
