import { describe, expect, test } from 'vitest';
import { accountTable, brokenPromises, summarize } from '../../../tools/demo/verdict.ts';
import { account, event, gap } from './records.ts';

const version = { uid: 'uid', resourceVersion: '1', name: 'event-1' };
const kept = { sink: 'file', account: account(), repeatable: new Set<string>() };

describe('the summary', () => {
  test('has exactly the documented fields, and whole milliseconds', () => {
    const summary = summarize('kube-apiserver v1.36.3 (cache)', [kept], [{ cause: 'SIGTERM', milliseconds: 180.6 }]);
    expect(JSON.stringify(summary)).toBe(
      '{"controlPlane":"kube-apiserver v1.36.3 (cache)","written":10,"delivered":10,"lost":0,"duplicated":0,"handovers":[{"cause":"SIGTERM","milliseconds":181}]}',
    );
  });

  test('tells the figures of the sink that did worse', () => {
    const worse = account({ delivered: 8, lost: [version, version], duplicated: [event(1)] });
    expect(summarize('', [kept, { ...kept, account: worse }], [])).toMatchObject({
      written: 10,
      delivered: 8,
      lost: 2,
      duplicated: 1,
    });
  });
});

describe('a promise', () => {
  test('is kept where everything arrived once and in order', () => {
    expect(brokenPromises([kept])).toEqual([]);
  });

  test('is kept where a crash sent again what the token did not cover', () => {
    const crashed = { ...kept, account: account({ duplicated: [event(7)] }), repeatable: new Set(['uid.7']) };
    expect(brokenPromises([crashed])).toEqual([]);
  });

  test('is kept where a relist brought the latest version only', () => {
    expect(brokenPromises([{ ...kept, account: account({ delivered: 9, superseded: [version] }) }])).toEqual([]);
  });

  test.each([
    ['a loss', account({ lost: [version] }), 'sink file: 1 were lost'],
    ['a duplicate that no crash excuses', account({ duplicated: [event(7)] }), '1 came twice although'],
    ['wrong order', account({ outOfOrder: [event(7)] }), '1 came after a later version'],
    ['what nobody wrote', account({ unexpected: [event(7)] }), '1 were never written'],
    ['a gap that is none', account({ gaps: [gap] }), '1 are gap records'],
  ])('is broken by %s, and the sink is named', (_what, broken, text) => {
    const found = brokenPromises([kept, { ...kept, account: broken }]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(text);
  });
});

test('the table has a row for each sink under the names of its figures', () => {
  const table = accountTable([kept, { ...kept, sink: 'stdout', account: account({ duplicated: [event(1)] }) }]);
  expect(table.map((row) => row.trim().split(/\s{2,}/))).toEqual([
    ['sink', 'written', 'delivered', 'lost', 'duplicated', 'out of order'],
    ['file', '10', '10', '0', '0', '0'],
    ['stdout', '10', '10', '0', '1', '0'],
  ]);
  expect(new Set(table.map((row) => row.length)).size).toBe(1);
});
