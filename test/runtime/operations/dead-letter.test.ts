import { fc, runs } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { deadLetter } from '../../../runtime/src/operations/dead-letter.ts';
import { eventRecord } from '../../support/records.ts';

const sizeOf = (letter: unknown) => Buffer.byteLength(JSON.stringify(letter));

describe('a dead letter', () => {
  test('of usual size is the record itself', () => {
    expect(deadLetter(eventRecord(1))).toEqual(eventRecord(1));
  });

  test('of 1.4 MB is shortened to 8 KiB, and still says what it was', () => {
    const letter = deadLetter(eventRecord(1, { message: 'm'.repeat(1_400_000) }));
    expect(sizeOf(letter)).toBeLessThanOrEqual(8_192);
    expect(letter).toMatchObject({ id: 'uid-1.1', reason: 'Started', message: expect.stringMatching(/^m{1000,}…$/) });
  });

  test('whatever is in its fields, is at most 8 KiB, inert and no shorter than it must be', () => {
    const hostile = fc.string({
      maxLength: 20_000,
      unit: fc.constantFrom('a', '\u001b', '\u009b', '\u2028', '"', '\u{1f600}'),
    });
    fc.assert(
      fc.property(hostile, hostile, hostile, (message, reason, name) => {
        const letter = deadLetter(eventRecord(1, { message, reason, regarding: { name, kind: name, uid: name } }));
        expect(sizeOf(letter)).toBeLessThanOrEqual(8_192);
        expect(JSON.stringify(letter)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(letter).toHaveProperty('message');
      }),
      { numRuns: runs(50) },
    );
  });
});
