import type { Failure, Results } from './results.ts';

export interface Repetition {
  readonly passedRuns: number;
  readonly failedRuns: number;
  /** Each different failure once, with the number of runs that it failed in. */
  readonly failures: readonly Failure[];
}

/** Whether a run of the same tests was good: something ran, and nothing failed. */
export function isGood({ passed, failures }: Results): boolean {
  return failures.length === 0 && passed.length > 0;
}

/** Sums up runs of the same tests. */
export function sumUp(runs: readonly Results[]): Repetition {
  const inRuns = runs.flatMap((run) => [...new Map(run.failures.map((failure) => [keyOf(failure), failure])).values()]);
  const byTest = Map.groupBy(inRuns, keyOf);
  const failures = [...byTest.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [
          {
            ...first,
            errors: [`failed in ${others.length + 1} of ${runs.length} runs; the first time:`, ...first.errors],
          },
        ],
  );
  const passedRuns = runs.filter(isGood).length;
  return { passedRuns, failedRuns: runs.length - passedRuns, failures };
}

/** Errors that belong to no test differ by what they say. */
function keyOf({ id, file, name, errors }: Failure): string {
  return id ?? `${file}: ${name}: ${errors[0]?.split('\n')[0]}`;
}
