import { expect, test } from 'vitest';
import { longestPause } from '../../../tools/trial/requests.ts';

test.each([
  { when: 'between two of them', at: [100, 500, 700], longest: 400 },
  { when: 'before the first', at: [600, 700, 900], longest: 600 },
  { when: 'after the last', at: [100, 200], longest: 800 },
  { when: 'without any', at: [], longest: 1_000 },
  { when: 'not outside of what is looked at', at: [-5_000, 500, 9_000], longest: 500 },
])('the longest pause is found $when', ({ at, longest }) => {
  expect(
    longestPause(
      at.map((receivedAt) => ({ receivedAt })),
      0,
      1_000,
    ),
  ).toBe(longest);
});
