import { describe, expect, test } from 'vitest';
import { ListCoverage, listKey } from '../../../runtime/src/collection/list-coverage.ts';

describe('the coverage of a list', () => {
  test('of one attempt covers nothing: no list names an object twice', () => {
    const coverage = new ListCoverage();
    coverage.begin(100n);
    coverage.handedOn('shop/b');
    expect(coverage.covers('shop/a', 50n)).toBe(false);
    expect(coverage.at).toBe(100n);
  });

  test('that began anew covers what lies up to the last key of the attempt before it, in the version that it had', () => {
    const coverage = new ListCoverage();
    coverage.begin(100n);
    coverage.handedOn('shop/a');
    coverage.handedOn('shop/m');
    coverage.begin(120n);
    expect(coverage.covers('shop/a', 100n)).toBe(true);
    expect(coverage.covers('shop/m', 99n)).toBe(true);
    expect(coverage.covers('shop/m', 101n)).toBe(false);
    expect(coverage.covers('shop/n', 99n)).toBe(false);
    expect(coverage.at).toBe(120n);
  });

  test('remembers each attempt, however far the next ones come', () => {
    const coverage = new ListCoverage();
    coverage.begin(100n);
    coverage.handedOn('shop/m');
    coverage.begin(120n);
    coverage.handedOn('shop/c');
    coverage.begin(140n);
    expect(coverage.covers('shop/m', 100n)).toBe(true);
    expect(coverage.covers('shop/c', 120n)).toBe(true);
    expect(coverage.covers('shop/d', 120n)).toBe(false);
    expect(coverage.covers('shop/c', 121n)).toBe(false);
  });

  test('goes in the order of etcd: by namespace, then by name', () => {
    const keys = [listKey('a', 'z'), listKey('a-b', 'a'), listKey('a', 'a.1'), listKey('b', '0')];
    expect([...keys].sort()).toEqual(['a-b/a', 'a/a.1', 'a/z', 'b/0']);
  });
});
