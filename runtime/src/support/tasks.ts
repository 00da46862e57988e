import { linked } from './signals.ts';

export type Task = (signal: AbortSignal) => Promise<void>;

/**
 * Runs tasks side by side until all have ended. The first one to fail aborts the others, and its error is thrown after all have ended:
 * nothing keeps running behind the caller's back, and no failure goes unseen.
 */
export async function runTogether(parent: AbortSignal, tasks: readonly Task[]): Promise<void> {
  const scope = linked(parent);
  let failure: { readonly error: unknown } | undefined;
  const guarded = tasks.map(async (task) => {
    try {
      await task(scope.signal);
    } catch (error) {
      failure ??= { error };
      scope.abort(error);
    }
  });
  await Promise.all(guarded);
  scope.abort();
  if (failure !== undefined) throw failure.error;
}
