import { expect, test } from 'vitest';
import { readOptions } from '../../../tools/demo/options.ts';

const plain = { run: 'demo', json: false, embedded: false, kubeconfig: undefined };

test('the demo is played where nothing is asked for', () => {
  expect(readOptions([])).toEqual(plain);
});

test.each([
  [['--json'], { json: true }],
  [['--embedded', '--json'], { json: true, embedded: true }],
  [['--kubeconfig', 'here'], { kubeconfig: 'here' }],
])('%j asks for what it says', (words, asked) => {
  expect(readOptions(words)).toEqual({ ...plain, ...asked });
});

test.each([['--help'], ['-h'], ['--json', '--help']])('%s gets help, and nothing is started', (...words) => {
  expect(readOptions(words)).toEqual({ run: 'help' });
});

test.each([
  [['--json', '--jsn'], '--jsn'],
  [['--help', 'now'], 'now'],
  [['--kubeconfig'], '--kubeconfig'],
  [['--embedded', '--kubeconfig', 'here'], 'two different clusters'],
])('of %j nothing is started, and what is wrong is named', (words, wrong) => {
  expect(readOptions(words)).toMatchObject({ run: 'nothing', because: expect.stringContaining(wrong) });
});
