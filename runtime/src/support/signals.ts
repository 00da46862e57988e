import { CollectorError } from './errors.ts';

/** A controller that also aborts, with the same reason, when one of its parents does. Aborting or releasing it lets go of them. */
export class LinkedController extends AbortController {
  readonly #links: (() => void)[] = [];

  constructor(parents: readonly AbortSignal[]) {
    super();
    for (const parent of parents) {
      if (parent.aborted) {
        this.abort(parent.reason);
        return;
      }
      const follow = () => this.abort(parent.reason);
      parent.addEventListener('abort', follow);
      this.#links.push(() => parent.removeEventListener('abort', follow));
    }
  }

  override abort(reason?: unknown): void {
    this.release();
    super.abort(reason);
  }

  /** Lets go of the parents without aborting. */
  release(): void {
    for (const unlink of this.#links.splice(0)) unlink();
  }
}

export function linked(...parents: readonly AbortSignal[]): LinkedController {
  return new LinkedController(parents);
}

/** Resolves when one of the signals aborts. */
export async function untilAborted(...signals: readonly AbortSignal[]): Promise<void> {
  const { signal } = linked(...signals);
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/**
 * Runs `work` until it ends or `stop` aborts: being broken off by it, or failing in an expected way meanwhile, is no failure then. An abort of
 * `signal` is one, and a defect always.
 */
export async function workUntil(
  stop: AbortSignal,
  signal: AbortSignal,
  work: (either: AbortSignal) => Promise<void>,
): Promise<void> {
  const either = linked(signal, stop);
  try {
    await work(either.signal);
  } catch (error) {
    const brokenOff = error === stop.reason || error instanceof CollectorError;
    if (!stop.aborted || signal.aborted || !brokenOff) throw error;
  } finally {
    either.abort();
  }
}
