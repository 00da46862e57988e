import { describe, expect, test } from 'vitest';
import { readSettings } from '../../../runtime/src/contract/read-settings.ts';

const file = { type: 'file', path: '/events/events.jsonl' };

function sinksFrom(sinks: unknown) {
  const result = readSettings({ EVENTBATON_SINKS: JSON.stringify(sinks) });
  if ('problems' in result) throw new Error(result.problems.join('\n'));
  return result.settings.sinks;
}

function problemsOf(sinks: unknown): readonly string[] {
  const result = readSettings({ EVENTBATON_SINKS: JSON.stringify(sinks) });
  return 'problems' in result ? result.problems : [];
}

describe('a list of sinks', () => {
  test('keeps its order, and each sink that is not named is named after its type', () => {
    const sinks = sinksFrom([file, { type: 'stdout' }, { ...file, path: '/events/all', name: 'second-file' }]);
    expect(sinks.map(({ type, name }) => [type, name])).toEqual([
      ['file', 'file'],
      ['stdout', 'stdout'],
      ['file', 'second-file'],
    ]);
  });

  test('may say what it wants different from the defaults, and only that', () => {
    expect(sinksFrom([{ ...file, required: false, batch: { records: 7 }, retry: { maximum: 5 } }])).toEqual([
      {
        ...file,
        name: 'file',
        required: false,
        batch: { records: 7, bytes: 1_048_576 },
        retry: { initial: 0.5, maximum: 5 },
      },
    ]);
  });

  test.each([
    ['no sink at all', [], 'EVENTBATON_SINKS: must be a list of at least one sink'],
    ['something that is no list', { type: 'stdout' }, 'EVENTBATON_SINKS: must be a list'],
    ['a type that there is not', [{ type: 'pigeon' }], 'EVENTBATON_SINKS.0.type: must be a sink'],
    ['an unknown option', [{ type: 'stdout', colour: 1 }], 'EVENTBATON_SINKS.0: a stdout sink has no option "colour"'],
    ['an option of another sink', [{ type: 'stdout', path: '/x' }], 'a stdout sink has no option "path"'],
    ['an unknown option of a batch', [{ ...file, batch: { size: 1 } }], 'a batch has no option "size"'],
    [
      'an empty batch',
      [{ ...file, batch: { records: 0 } }],
      'EVENTBATON_SINKS.0.batch.records: must be a whole number',
    ],
    ['waits that shrink', [{ ...file, retry: { initial: 9, maximum: 1 } }], 'must not be below the initial wait'],
    [
      'a name that no metric label should have',
      [{ ...file, name: 'A b' }],
      'EVENTBATON_SINKS.0.name: must be lower-case',
    ],
    ['a relative path', [{ ...file, path: 'events' }], 'EVENTBATON_SINKS.0.path: must be the absolute path'],
    ['a path that climbs', [{ ...file, path: '/events/../etc/passwd' }], 'EVENTBATON_SINKS.0.path: must be'],
    ['a folder', [{ ...file, path: '/events/' }], 'EVENTBATON_SINKS.0.path: must be'],
    ['no path', [{ type: 'file' }], 'EVENTBATON_SINKS.0.path: must be'],
    ['two sinks of one name', [file, { ...file, path: '/b' }], 'names of sinks must differ'],
    [
      'two sinks on one file, which would cut off each other',
      [file, { ...file, name: 'b' }],
      'paths of file sinks must',
    ],
  ])('is refused with %s', (_, sinks, problem) => {
    expect(problemsOf(sinks)).toEqual([expect.stringContaining(problem)]);
  });
});
