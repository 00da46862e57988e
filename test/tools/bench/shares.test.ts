import { expect, test } from 'vitest';
import { sharesOf } from '../../../tools/bench/shares.ts';

const levels = [
  { name: 'Node by itself', resident: 40, anonymous: 8 },
  { name: 'zod', resident: 41, anonymous: 8.5 },
  { name: 'own code, contract/', resident: 42, anonymous: 9 },
  { name: 'own code, support/', resident: 42.5, anonymous: 9.25 },
  { name: 'following', resident: 50, anonymous: 12 },
];

test('a share is what a level has beyond the one before; own code is told in sum and by folder', () => {
  expect(sharesOf(levels).map(({ name, values }) => [name, values[0]])).toEqual([
    ['Node by itself: RSS', 40],
    ['Node by itself: anonymous', 8],
    ['+ zod: RSS', 1],
    ['+ zod: anonymous', 0.5],
    ['+ own code, loaded: RSS', 1.5],
    ['+ own code, loaded: anonymous', 0.75],
    ['  own code, contract/: anonymous', 0.5],
    ['  own code, support/: anonymous', 0.25],
    ['+ following: RSS', 7.5],
    ['+ following: anonymous', 2.75],
  ]);
});
