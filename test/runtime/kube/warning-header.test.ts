import { expect, test } from 'vitest';
import { warningTexts } from '../../../runtime/src/kube/warning-header.ts';

test('each text of a Warning header is found, with what is escaped in it', () => {
  expect(warningTexts('299 - "v1 Endpoints is deprecated"')).toEqual(['v1 Endpoints is deprecated']);
  expect(warningTexts('299 - "one, two", 299 kube "say \\"three\\" \\\\"')).toEqual(['one, two', 'say "three" \\']);
  expect(warningTexts('nonsense')).toEqual([]);
});

test('a header made to be searched for long is searched once', () => {
  expect(warningTexts(`299 - "${'\\"'.repeat(20_000)}`)).toEqual([]);
});
