import { describe, expect, test } from 'vitest';
import { colourPaint, formatLine, paintFor, plainPaint, textColumn, wrap } from '../../../tools/support/line.ts';

describe('a line', () => {
  test('has its time, its label and its text each in a column of its own', () => {
    const lines = [
      formatLine({ label: 'token', text: 'a' }, 4.21, plainPaint),
      formatLine({ label: 'collector', text: 'a' }, 123.456, plainPaint),
      formatLine({ label: '', text: 'a' }, undefined, plainPaint),
    ];
    expect(lines[0]).toBe('  4.2 s  token      a');
    expect(lines[1]).toBe('123.5 s  collector  a');
    expect(lines.map((line) => line.indexOf('a', 20))).toEqual([textColumn, textColumn, textColumn]);
  });

  test('does not end in blanks', () => {
    expect(formatLine({ label: 'token', text: '' }, 1, plainPaint)).toBe('  1.0 s  token');
  });

  test('says the same with colours as without', () => {
    const line = { label: 'leader', text: 'collector-1, term 2', tone: 'good' } as const;
    const coloured = formatLine(line, 3, colourPaint);
    expect(coloured).not.toBe(formatLine(line, 3, plainPaint));
    expect(coloured.replace(/\u001b\[[\d;]*m/g, '')).toBe(formatLine(line, 3, plainPaint));
  });
});

describe('a long text', () => {
  test('is broken between words, none of them lost, and keeps its indent', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('  one two', 4)).toEqual(['  one', '  two']);
  });

  test('keeps a word whole that is longer than a line, so that it can be copied', () => {
    expect(wrap('see /a/long/path now', 5)).toEqual(['see', '/a/long/path', 'now']);
  });
});

describe('colours', () => {
  test('are for terminals alone', () => {
    expect(paintFor(true, { TERM: 'xterm' })).toBe(colourPaint);
    expect(paintFor(false, { TERM: 'xterm' })).toBe(plainPaint);
  });

  test('are left out where NO_COLOR asks for none, and where it is empty they are not', () => {
    expect(paintFor(true, { NO_COLOR: '1' })).toBe(plainPaint);
    expect(paintFor(true, { NO_COLOR: '' })).toBe(colourPaint);
  });

  test('are left out on a terminal that has none', () => {
    expect(paintFor(true, { TERM: 'dumb' })).toBe(plainPaint);
  });
});
