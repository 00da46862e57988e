import { expect, test } from 'vitest';
import { parseMemory } from '../../../tools/trial/process-memory.ts';

const status = 'Name:\tnode\nVmHWM:\t   70000 kB\nVmRSS:\t   60000 kB\nRssAnon:\t   15000 kB\nRssFile:\t   45000 kB\n';

test('memory is told in bytes, as the kernel counts it', () => {
  expect(parseMemory(status)).toEqual({ resident: 61_440_000, peak: 71_680_000, anonymous: 15_360_000 });
});

test('a process that has ended has no memory, and that is no figure', () => {
  expect(() => parseMemory('Name:\tnode\nState:\tZ (zombie)\n')).toThrow('no VmRSS');
});
