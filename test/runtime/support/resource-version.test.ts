import { fc } from '../../support/fast-check.ts';
import { expect, test } from 'vitest';
import { laterOf, parseResourceVersion } from '../../../runtime/src/support/resource-version.ts';

const longest = 2n ** 128n - 1n;

test('any number of up to 128 bit is read without loss', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: longest }), (version) => {
      expect(parseResourceVersion(String(version))).toBe(version);
    }),
  );
});

test.each([
  '',
  ' 1',
  '1 ',
  '1\n',
  '-1',
  '+1',
  '1.0',
  '1e3',
  '0x1',
  '1_000',
  '١',
  '9'.repeat(40),
  1,
  1n,
  null,
  undefined,
])('"%s" is no resourceVersion', (text) => {
  expect(parseResourceVersion(text)).toBeUndefined();
});

test('the later of two is the larger integer, not the larger text', () => {
  expect(laterOf(99n, 100n)).toBe(100n);
  expect(laterOf(9_007_199_254_740_993n, 9_007_199_254_740_992n)).toBe(9_007_199_254_740_993n);
});
