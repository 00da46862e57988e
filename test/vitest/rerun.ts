import type { Failure } from './results.ts';

/** More failures than this at once do not come from races. */
const most = 5;

/**
 * The failures that get a second run, alone and on a fresh control plane: those of the real suites that a slow machine may have caused. A broken
 * promise is never such a failure, and the other suites have nothing to race with.
 */
export function failuresToRunAgain(failures: readonly Failure[]): readonly Failure[] {
  const real = failures.filter(({ project, name }) => project === 'real' && name !== '');
  return real.length > most ? [] : real.filter(({ brokePromise }) => !brokePromise);
}
