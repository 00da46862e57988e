import { describe, expect, test } from 'vitest';
import { sampleText, tableHead, tableRow } from '../../../tools/demo/arrivals.ts';
import { textWidth } from '../../../tools/support/line.ts';
import { event, gap } from './records.ts';

const collectors = ['collector-0', 'collector-1'];

describe('a row of the table', () => {
  const row = { collectors, written: 120, arrived: 100 };
  const arrivals = [{ collector: 'collector-1' }, { collector: 'collector-1' }];

  test('stands under its head: one column for each collector, then the sums', () => {
    expect(tableHead(collectors)).toBe('  collector-0  collector-1  written  arrived');
    expect(tableRow({ ...row, arrivals })).toBe('            ·            2      120      100');
  });

  test('of three collectors fits beside time and label in 80 columns', () => {
    expect(tableHead([...collectors, 'collector-2']).length).toBeLessThanOrEqual(textWidth);
  });
});

describe('a sample', () => {
  test('tells type, reason, subject and message', () => {
    expect(sampleText(event(1))).toBe('Warning BackOff, Pod shop/cart-1: Back-off pulling image');
  });

  test('tells how often an Event has occurred if it was more than once', () => {
    expect(sampleText(event(1, { count: 3 }), 100)).toBe(
      'Warning BackOff (3 times), Pod shop/cart-1: Back-off pulling image',
    );
  });

  test('does nothing to the terminal, whatever the Event says, in whichever field', () => {
    const evil = 'a\u001b[2J\r\n\u009b31m\u2028\u202eb';
    const text = sampleText(
      event(1, { type: evil, reason: evil, message: evil, regarding: { kind: evil, namespace: evil, name: evil } }),
    );
    expect(text).toMatch(/^[\u0020-\u007e…]*$/);
  });

  test('is no longer than its line', () => {
    expect(sampleText(event(1, { message: 'x'.repeat(500) }), 60)).toHaveLength(61);
  });

  test('of a gap names its reason', () => {
    expect(sampleText(gap)).toBe('gap: expired');
  });
});
