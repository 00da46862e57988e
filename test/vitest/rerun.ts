import type { Failure, Results } from './results.ts';

/** More failures than this at once do not come from races. */
const most = 5;

/**
 * The failures that get a second run, alone and on a fresh control plane: those of the real suites that a slow machine may have caused. A broken
 * promise is never such a failure, and the other suites have nothing to race with.
 */
export function failuresToRunAgain(failures: readonly Failure[]): readonly Failure[] {
  const real = failures.filter(({ project, id }) => project === 'real' && id !== undefined);
  if (real.length > most) return [];
  const broken = real.filter(({ brokePromise }) => brokePromise);
  return real.filter((failure) => !broken.some((one) => isPartOf(one, failure)));
}

/** Whether a test is what failed, or in the suite that failed. */
function isPartOf(test: Failure, failure: Failure): boolean {
  return test === failure || (test.file === failure.file && test.name.startsWith(`${failure.name} > `));
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
    const again = { ...failure, ...failureOfBoth(failure, second) };
    return { results: { ...results, failures: [...others, again] }, flaky };
  }
  const failed = new Set(others.map(({ id }) => id));
  const passed = new Set([...results.passed, ...second.passed.filter((id) => !failed.has(id))]);
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

function failureOfBoth({ errors, logs }: Failure, { failures }: Results): Partial<Failure> {
  const second = failures.flatMap((failure) => failure.errors);
  return {
    errors: [
      ...errors,
      ...(second.length === 0 ? ['nothing ran'] : second).map((error) => `second run, alone: ${error}`),
    ],
    brokePromise: failures.some(({ brokePromise }) => brokePromise),
    logs: failures.find((failure) => failure.logs !== undefined)?.logs ?? logs,
  };
}
