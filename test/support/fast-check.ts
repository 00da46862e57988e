/** fast-check, with random data that can be repeated and multiplied. */
import fc from 'fast-check';

/** Seed of the random data of this process: `SEED=N` repeats it. */
export const seed = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31));

/** @returns how many random cases to try; `npm run test:thorough` tries ten times as many */
export function runs(count: number): number {
  return count * Number(process.env['EFFORT'] ?? 1);
}

fc.configureGlobal({ seed, numRuns: runs(100) });

export { fc };
