import { fc } from '../../support/fast-check.ts';
import { expect, test } from 'vitest';
import { encodeLine, encodeLines } from '../../../runtime/src/sinks/encode.ts';
import { eventRecord } from '../../support/records.ts';

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\u001b', '\u0000', '\u007f', '\u009b', '\u2028', '\u2029', '\ud800', '"', '\\', '\n'),
    fc.string({ minLength: 1 }),
  ),
});

test('parsing a line gives back exactly the record, whatever text it carries', () => {
  fc.assert(
    fc.property(hostile, hostile, (message, reason) => {
      const record = eventRecord(1, { message, reason });
      expect(JSON.parse(encodeLine(record))).toEqual(record);
    }),
  );
});

test('no character of a line acts on a terminal or ends the line', () => {
  fc.assert(
    fc.property(hostile, (message) => {
      const codes = Array.from(encodeLine(eventRecord(1, { message }))).map((character) => character.charCodeAt(0));
      expect(
        codes.filter((code) => code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029),
      ).toEqual([]);
    }),
  );
});

test('several records are several lines, each with its end', () => {
  const lines = encodeLines([eventRecord(1), eventRecord(2)]).toString();
  expect(lines.split('\n').map((line) => line.length > 0)).toEqual([true, true, false]);
});
