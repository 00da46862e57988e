import { setTimeout as delay } from 'node:timers/promises';

/** Waits for `promise`, but no longer than until the signal aborts. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const done = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const give = () => reject(signal.reason as Error);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    done.abort();
  }
}

/** Time for the audience to look. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return unlessAborted(signal, delay(milliseconds));
}
