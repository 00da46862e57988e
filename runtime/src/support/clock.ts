/**
 * Time as the loops see it. Every process part gets its own, so that tests run several collectors with different clocks side by side.
 */
export interface Clock {
  /** Monotonic time in milliseconds, from an arbitrary origin. It stands still while the machine is suspended. */
  now(): number;
  /** Wall time in milliseconds since 1970. */
  wallTime(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. Never trusted to be punctual. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Like `clock.sleep`, for loops that look at the signal themselves: an abort just ends it. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Uniformly random in (0, 1). */
export type Random = () => number;
