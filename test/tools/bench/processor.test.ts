import { expect, test } from 'vitest';
import { parseProcessorSeconds } from '../../../tools/bench/processor.ts';

test('CPU time is read whatever the program calls itself', () => {
  const fields = 'S 1 1 1 0 -1 4194304 900 0 0 0 125 30 0 0 20 0 11 0 5000 1000000 16000';
  expect(parseProcessorSeconds(`42 (node) ${fields}`)).toBeCloseTo(1.55);
  expect(parseProcessorSeconds(`42 (a) b (c)) ${fields}`)).toBeCloseTo(1.55);
});
