import { type Clock, pause } from './clock.ts';
import { linked } from './signals.ts';

export interface Deadline {
  /** Aborts when the time is over, or when the parent does, with its reason. */
  readonly signal: AbortSignal;
  /** In time: from now on only the parent counts. */
  met(): void;
  /** Over: nothing aborts the signal any more. */
  release(): void;
}

export function startDeadline(clock: Clock, ms: number, parent: AbortSignal | undefined): Deadline {
  const scope = linked(...(parent === undefined ? [] : [parent]));
  const met = new AbortController();
  void pause(clock, ms, met.signal).then(() => {
    if (!met.signal.aborted) scope.abort(new Error(`not within ${Math.round(ms)} ms`));
  });
  return {
    signal: scope.signal,
    met: () => met.abort(),
    release() {
      met.abort();
      scope.release();
    },
  };
}
