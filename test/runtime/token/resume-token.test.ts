import { fc } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { formatCopy, isFurther, parseCopy, type ResumeToken } from '../../../runtime/src/token/resume-token.ts';
import { tokenAt } from './tokens.ts';

const position = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });

const token: fc.Arbitrary<ResumeToken> = fc.record({
  position,
  asOf: fc.option(fc.integer({ min: 0, max: 8.64e15 }), { nil: undefined }),
  history: fc.nat(),
  sinks: fc.array(fc.tuple(fc.string(), fc.bigInt({ min: 1n, max: 2n ** 128n - 1n }))).map((pairs) => new Map(pairs)),
  clusterUid: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  gapFrom: fc.option(
    fc.oneof(
      position.map((version) => ({ resourceVersion: String(version) })),
      fc.record({ resourceVersion: position.map(String), time: fc.string() }),
    ),
    { nil: undefined },
  ),
});

describe('the copy of a token that the lock carries', () => {
  test('reads back as what was written, whatever its lengths and names', () => {
    fc.assert(
      fc.property(token, (written) => {
        expect(parseCopy(formatCopy(written))).toEqual(written);
      }),
    );
  });

  test('keeps sinks whatever they are called', () => {
    const sinks = new Map([
      ['__proto__', 7n],
      ['constructor', 8n],
    ]);
    expect(parseCopy(formatCopy(tokenAt(5n, { sinks })))?.sinks).toEqual(sinks);
  });

  test.each([
    undefined,
    '',
    '0',
    'null',
    '[]',
    '"12"',
    '{',
    '{}',
    '{"position":"12"}',
    '{"position":12,"history":0}',
    '{"position":"-1","history":0}',
    '{"position":"1e3","history":0}',
    '{"position":"12","history":"0"}',
    '{"position":"12","history":-1}',
    '{"position":"12","history":0.5}',
  ])('is nothing where it has no readable position and history: %j', (text) => {
    expect(parseCopy(text)).toBeUndefined();
  });

  test('loses only those parts that are unreadable', () => {
    const copy = {
      position: '12',
      history: 3,
      asOf: 'noon',
      sinks: { a: 'x', b: '0', c: '20' },
      clusterUid: 7,
      gapFrom: {},
    };
    expect(parseCopy(JSON.stringify(copy))).toEqual(
      tokenAt(12n, { history: 3, sinks: new Map([['c', 20n]]), clusterUid: undefined }),
    );
  });

  test('never throws, whatever stands there', () => {
    const parts = fc.record(
      {
        position: fc.oneof(fc.constant('12'), fc.jsonValue()),
        history: fc.oneof(fc.nat(), fc.jsonValue()),
        asOf: fc.jsonValue(),
        sinks: fc.jsonValue(),
        clusterUid: fc.jsonValue(),
        gapFrom: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          parts.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          const read = parseCopy(text);
          if (read !== undefined) expect(parseCopy(formatCopy(read))).toEqual(read);
        },
      ),
    );
  });
});

describe('of two tokens', () => {
  test('the later history is further, whatever the positions; in one history positions compare as integers of any length', () => {
    expect(isFurther(tokenAt(1n, { history: 1 }), tokenAt(100n))).toBe(true);
    expect(isFurther(tokenAt(1_000n), tokenAt(999n))).toBe(true);
    expect(isFurther(tokenAt(2n ** 64n + 1n), tokenAt(2n ** 64n))).toBe(true);
    expect(isFurther(tokenAt(9n), tokenAt(9n))).toBe(false);
  });

  test('at one position that is further which owes no gap any more', () => {
    const owing = tokenAt(9n, { gapFrom: { resourceVersion: '5' } });
    expect(isFurther(tokenAt(9n), owing)).toBe(true);
    expect(isFurther(owing, tokenAt(9n))).toBe(false);
    expect(isFurther({ ...owing, position: 10n }, tokenAt(9n))).toBe(true);
  });
});
