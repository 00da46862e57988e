import { expect, test } from 'vitest';
import { PageSize } from '../../../runtime/src/kube/page-size.ts';

/** Asks for a list of Events of these sizes, in megabytes. @returns how many were asked for, page by page */
function askFor(megabytes: readonly number[]): readonly number[] {
  const size = new PageSize();
  const asked: number[] = [];
  let from = 0;
  size.begin();
  while (from < megabytes.length) {
    const { limit, maximumBytes } = size.limits;
    const page = megabytes.slice(from, from + limit);
    asked.push(limit);
    if (page.reduce((sum, each) => sum + each, 0) * 1e6 > maximumBytes) {
      expect(size.tooLarge()).toBe(true);
      continue;
    }
    size.fits(page.length);
    from += page.length;
  }
  return asked;
}

const of = (length: number, megabytes: number) => Array.from({ length }, () => megabytes);

test('a list of small Events is asked for in the largest pages', () => {
  expect(askFor(of(1_600, 0.001))).toEqual([500, 500, 500, 500]);
});

test('a list of large Events is not asked for in larger pages over and over', () => {
  const read = askFor(of(300, 1)).reduce((sum, limit) => sum + limit, 0);
  expect(read).toBeLessThan(4 * 300);
});

test('a few large Events do not make the rest come one by one', () => {
  const asked = askFor([...of(3, 3), ...of(10_000, 0.001)]);
  expect(asked.length).toBeLessThan(100);
  expect(asked.slice(-10)).toEqual(of(10, 500));
});

test('of the smallest page nothing smaller can be asked for', () => {
  const size = new PageSize();
  expect([size.tooLarge(), size.tooLarge(), size.tooLarge()]).toEqual([true, true, false]);
  expect(size.limits.limit).toBe(1);
});

test('the next list begins with the largest page', () => {
  const size = new PageSize();
  size.tooLarge();
  size.begin();
  expect(size.limits.limit).toBe(500);
});
