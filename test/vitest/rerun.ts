import type { Failure, Results } from './results.ts';

/** More failures than this at once do not come from races. */
const most = 5;

/**
 * The failures that get a second run, alone and on a fresh control plane: those of the real suites that a slow machine may have caused. A broken
 * promise is never such a failure, and the other suites have nothing to race with.
 */
export function failuresToRunAgain(failures: readonly Failure[]): readonly Failure[] {
  const real = failures.filter(({ project, id }) => project === 'real' && id !== undefined);
  return real.length > most ? [] : real.filter(({ brokePromise }) => !brokePromise);
}

export interface Judged {
  readonly results: Results;
  /** Failures of the first run that passed in their second one. */
  readonly flaky: readonly Failure[];
}

/** What a second run of one failure makes of the results so far. */
export function judge({ results, flaky }: Judged, failure: Failure, second: Results): Judged {
  const others = results.failures.filter((one) => one !== failure);
  if (second.failures.length > 0 || second.passed.length === 0) {
    const again = { ...failure, ...secondFailure(failure, second) };
    return { results: { ...results, failures: [...others, again] }, flaky };
  }
  const passed = new Set([...results.passed, ...second.passed]);
  return {
    results: {
      passed: [...passed],
      // Tests under a hook that failed counted as skipped.
      skipped: results.skipped.filter(({ id }) => !passed.has(id)),
      failures: others,
    },
    flaky: [...flaky, failure],
  };
}

function secondFailure({ errors }: Failure, { failures }: Results): Pick<Failure, 'errors' | 'brokePromise'> {
  const second = failures.flatMap((failure) => failure.errors);
  return {
    errors: [
      ...errors,
      ...(second.length === 0 ? ['nothing ran'] : second).map((error) => `once more, alone: ${error}`),
    ],
    brokePromise: failures.some(({ brokePromise }) => brokePromise),
  };
}
