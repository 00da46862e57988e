import { describe, expect, test } from 'vitest';
import { type Environment, readSettings } from '../../../runtime/src/contract/read-settings.ts';
import { recordFields } from '../../../runtime/src/contract/record-fields.ts';

function read(environment: Environment) {
  const result = readSettings(environment);
  if ('problems' in result) return { problems: result.problems };
  return recordFields(result.settings);
}

describe('tags and fields of every record', () => {
  test.each([
    ['env:prod team:shop', ['env:prod', 'team:shop']],
    [' env:prod,  team:shop ', ['env:prod', 'team:shop']],
    ['["env:prod","two words"]', ['env:prod', 'two words']],
  ])('are tags from DD_TAGS=%s', (text, tags) => {
    expect(read({ DD_TAGS: text })).toEqual({ tags });
  });

  test('are fields from EVENTBATON_FIELDS', () => {
    expect(read({ EVENTBATON_FIELDS: '{"env":"prod"}' })).toEqual({ fields: { env: 'prod' } });
  });

  test('are left out of records if nothing is set', () => {
    expect(read({})).toEqual({});
    expect(read({ DD_TAGS: '[]', EVENTBATON_FIELDS: '{}' })).toEqual({});
  });

  test.each([
    '[1]',
    '{"a":"b"}',
    '["a\\u0007"]',
    JSON.stringify(Array(129).fill('a')),
    JSON.stringify(['x'.repeat(257)]),
  ])('are refused as tags: %s', (text) => {
    expect(read({ DD_TAGS: text })).toEqual({ problems: [expect.stringMatching(/^DD_TAGS: must be tags such as/)] });
  });

  test.each(['[]', 'env=prod', '{"a":1}', '{"":"a"}', '{"a":"\\u2028"}'])('are refused as fields: %s', (text) => {
    expect(read({ EVENTBATON_FIELDS: text })).toEqual({
      problems: [expect.stringMatching(/^EVENTBATON_FIELDS: must be a mapping/)],
    });
  });
});
