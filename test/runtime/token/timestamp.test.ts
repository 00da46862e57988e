import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { formatTimestamp, parseTimestamp } from '../../../runtime/src/token/timestamp.ts';

const noon = Date.parse('2018-02-27T12:00:00Z');

describe('a token timestamp', () => {
  test.each([
    ['2018-02-27T12:00:00Z', noon],
    ['2018-02-27T14:00:00+02:00', noon],
    ['2018-02-27T06:30:00-05:30', noon],
    ['2018-02-27T12:00:00.25Z', noon + 250],
    ['2018-02-27T12:00:00.123456789Z', noon + 123],
  ])('is read in RFC 3339, with or without fraction and offset: %s', (text, ms) => {
    expect(parseTimestamp(text)).toBe(ms);
  });

  test.each([
    ['27 Feb 18 12:00 UTC', noon],
    ['27 Feb 18 14:00 +0200', noon],
    ['27 Feb 18 09:00 -0300', noon],
    ['27 Feb 18 09:00 -03', noon],
    ['5 Mar 19 08:09 Z', Date.parse('2019-03-05T08:09:00Z')],
    ['31 Dec 68 23:59 UTC', Date.parse('2068-12-31T23:59:00Z')],
    ['01 Jan 69 00:00 UTC', Date.parse('1969-01-01T00:00:00Z')],
  ])('is read in RFC 822, as the first Agents wrote it: %s', (text, ms) => {
    expect(parseTimestamp(text)).toBe(ms);
  });

  test('of a zone that only its writer knew counts as UTC, as Go reads it', () => {
    for (const zone of ['CET', 'CEST', 'PST', 'MSK', 'AEST', 'ChST'])
      expect(parseTimestamp(`27 Feb 18 12:00 ${zone}`)).toBe(noon);
  });

  test.each([
    undefined,
    '',
    '0',
    'yesterday',
    '1519732800',
    '2018-02-27',
    '2018-02-27T12:00:00',
    '2018-13-27T12:00:00Z',
    '27 Foo 18 12:00 UTC',
    '27 Feb 2018 12:00 UTC',
    ' 27 Feb 18 12:00 UTC',
  ])('that is neither is nothing, never a guess: %j', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  test('is written in RFC 3339 in UTC without fraction, and read back to the second', () => {
    expect(formatTimestamp(noon + 999)).toBe('2018-02-27T12:00:00Z');
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        expect(parseTimestamp(formatTimestamp(date.getTime()))).toBe(Math.floor(date.getTime() / 1_000) * 1_000);
      }),
    );
  });

  test('says the same instant in every form and every offset', () => {
    const pad = (number: number) => String(number).padStart(2, '0');
    const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1970) / 60_000, max: Date.UTC(2068, 11) / 60_000 }),
        fc.integer({ min: -14 * 60 + 1, max: 14 * 60 - 1 }),
        (minute, offset) => {
          const ms = minute * 60_000;
          const local = new Date(ms + offset * 60_000);
          const [sign, hours, minutes] = [
            offset < 0 ? '-' : '+',
            pad(Math.trunc(Math.abs(offset) / 60)),
            pad(Math.abs(offset) % 60),
          ];
          const clock = `${pad(local.getUTCHours())}:${pad(local.getUTCMinutes())}`;
          const day = `${pad(local.getUTCDate())} ${months[local.getUTCMonth()]} ${pad(local.getUTCFullYear() % 100)}`;
          expect(parseTimestamp(`${local.toISOString().slice(0, 19)}${sign}${hours}:${minutes}`)).toBe(ms);
          expect(parseTimestamp(`${day} ${clock} ${sign}${hours}${minutes}`)).toBe(ms);
        },
      ),
    );
  });

  test('is never wrong about text that is no time', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseTimestamp(text);
        expect(ms === undefined || Number.isInteger(ms)).toBe(true);
      }),
    );
  });
});
