import { fc } from '../../support/fast-check.ts';
import { expect, test } from 'vitest';
import { nearest } from '../../../runtime/src/contract/nearest.ts';

const names = ['EVENTBATON_SINKS', 'EVENTBATON_EVENT_TTL', 'EVENTBATON_LOG_LEVEL'];

test.each([
  ['EVENTBATON_SINK', 'EVENTBATON_SINKS'],
  ['EVENTBATON_EVENTS_TTL', 'EVENTBATON_EVENT_TTL'],
  ['EVENTBATON_LOGLEVEL', 'EVENTBATON_LOG_LEVEL'],
  ['EVENTBATON_LEVEL_OF_LOGGING', undefined],
])('%s was probably meant to be %s', (word, meant) => {
  expect(nearest(word, names)).toBe(meant);
});

test('nothing is near where there is nothing', () => {
  expect(nearest('EVENTBATON_SINK', [])).toBeUndefined();
});

test('a word that is there is nearest to itself', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), fc.nat(), (words, index) => {
      const word = words[index % words.length] as string;
      expect(nearest(word, words)).toBe(word);
    }),
  );
});
