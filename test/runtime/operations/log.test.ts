import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { createLog, type Level } from '../../../runtime/src/operations/log.ts';
import { CollectorError } from '../../../runtime/src/support/errors.ts';

function logWith(format: 'json' | 'text', level: Level = 'info') {
  const lines: string[] = [];
  const wallTime = () => Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  return { lines, log: createLog({ level, format, wallTime, write: (line) => void lines.push(line) }) };
}

const active = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/;
const hostile = fc.string({
  unit: fc.constantFrom('a', '\n', '\r', '\u001b', '\u009b', '\u0000', '\u2028', '\u2029', '\u202e', '"', '='),
});

describe('the log', () => {
  test.each(['json', 'text'] as const)('is one inert line per entry, whatever is told (%s)', (format) => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (message, text, nested) => {
        const { lines, log } = logWith(format);
        const error = new CollectorError('API_REFUSED', text, { hint: nested });
        log('info', message, { text, error, list: [{ [nested]: nested }], defect: new Error(text) });
        expect(lines).toHaveLength(1);
        expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
        expect(lines[0]).not.toMatch(active);
      }),
    );
  });

  test('tells an expected failure by message, code and what to do', () => {
    const { lines, log } = logWith('json');
    log('warn', 'token not written', {
      error: new CollectorError('API_FORBIDDEN', 'update configmaps: 403', { hint: 'grant update' }),
      nothing: undefined,
    });
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '2026-01-02T03:04:05.678Z',
      level: 'warn',
      message: 'token not written',
      error: { message: 'update configmaps: 403', code: 'API_FORBIDDEN', hint: 'grant update' },
    });
  });

  test('keeps lists and big integers readable', () => {
    const { lines, log } = logWith('json');
    log('error', 'settings cannot be used', { problems: ['a\u009b', 'b'], position: 12n });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ problems: ['a ', 'b'], position: '12' });
  });

  test('tells a defect by where it came from', () => {
    const { lines, log } = logWith('json');
    log('error', 'ended', { error: new TypeError('x is undefined') });
    expect(lines[0]).toContain('log.test.ts');
  });

  test('reads well on a terminal: time of day, level, message, fields', () => {
    const { lines, log } = logWith('text');
    log('info', 'leading: term 7 (lease expired)', { holder: 'a_b_c', reason: 'two words' });
    expect(lines).toEqual(['03:04:05.678  info   leading: term 7 (lease expired)  holder=a_b_c  reason="two words"\n']);
  });

  test('keeps to its level', () => {
    const { lines, log } = logWith('text', 'warn');
    for (const level of ['error', 'warn', 'info', 'debug'] as const) log(level, level);
    expect(lines).toHaveLength(2);
  });

  test('cuts off what is longer than a line should be', () => {
    const { lines, log } = logWith('json');
    log('info', 'long', { text: 'x'.repeat(100_000) });
    expect(lines[0]?.length).toBeLessThan(3_000);
  });
});
