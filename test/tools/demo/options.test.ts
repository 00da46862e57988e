import { expect, test } from 'vitest';
import { readOptions } from '../../../tools/demo/options.ts';

test('the demo is played where nothing is asked for', () => {
  expect(readOptions([])).toEqual({ run: 'demo', json: false, embedded: false });
});

test('--json asks for the account as JSON', () => {
  expect(readOptions(['--json'])).toEqual({ run: 'demo', json: true, embedded: false });
});

test('--embedded asks for the embedded server', () => {
  expect(readOptions(['--embedded', '--json'])).toEqual({ run: 'demo', json: true, embedded: true });
});

test.each([['--help'], ['-h'], ['--json', '--help']])('%s gets help, and nothing is started', (...words) => {
  expect(readOptions(words)).toEqual({ run: 'help' });
});

test('an unknown option is named, and nothing is started, whatever else is asked for', () => {
  expect(readOptions(['--json', '--jsn'])).toEqual({ run: 'nothing', because: 'unknown option: --jsn' });
  expect(readOptions(['--help', 'now'])).toEqual({ run: 'nothing', because: 'unknown option: now' });
});
