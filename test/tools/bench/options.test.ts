import { describe, expect, test } from 'vitest';
import { readOptions, usage } from '../../../tools/bench/options.ts';

const all = ['start', 'memory', 'handover'];

describe('the words behind npm run bench --', () => {
  test('none asks for all benchmarks', () => {
    expect(readOptions([], all)).toEqual({ run: 'benchmarks', names: all, json: false });
  });

  test('names choose, and run in the order of the list, each once', () => {
    const command = readOptions(['handover', '--json', 'start', 'handover'], all);
    expect(command).toEqual({ run: 'benchmarks', names: ['start', 'handover'], json: true });
  });

  test.each([['--help'], ['-h'], ['memory', '--help']])('%s gets help, and nothing is started', (...words) => {
    expect(readOptions(words, all)).toEqual({ run: 'help' });
    expect(usage(all)).toContain('start memory handover');
  });

  test('an unknown name or option is named, and nothing is started', () => {
    expect(readOptions(['memroy'], all)).toEqual({ run: 'nothing', because: 'there is no benchmark "memroy"' });
    expect(readOptions(['memory', '--jsn'], all)).toEqual({ run: 'nothing', because: 'unknown option: --jsn' });
  });
});
