/** Whether the store was put back to an earlier state: its resourceVersion is below what this history has seen. */
import { isCollectorError } from '../support/errors.ts';
import type { ResourceVersion } from '../support/resource-version.ts';
import { waitForRoom } from './intake.ts';
import type { ReaderOptions } from './reader-options.ts';

/** @param found as it was told after `seen` */
export function isRewound(
  { progress, report }: ReaderOptions,
  found: ResourceVersion,
  seen: ResourceVersion = progress.highest,
): boolean {
  if (found >= seen) return false;
  report({ what: 'history rewound', seen: String(seen), found: String(found) });
  return true;
}

/** Asks the store. A failing probe says nothing, and is told. */
export async function probedRewound(options: ReaderOptions, signal: AbortSignal): Promise<boolean> {
  const { source, progress, report } = options;
  try {
    const probed = await source.probe(signal);
    if (isRewound(options, probed.resourceVersion)) return true;
    progress.probed(probed);
  } catch (error) {
    signal.throwIfAborted();
    if (!isCollectorError(error)) throw error;
    report({ what: 'probe failed', error });
  }
  return false;
}

/**
 * Waits for room in the window, as long as it takes, and asks the store every retry period, however short the single waits are: a rewind that
 * new writes overtook meanwhile could not be seen any more.
 */
export class RoomOrRewind {
  readonly #options: ReaderOptions;
  #askAt: number;

  /** @param askInMs when it asks for the first time */
  constructor(options: ReaderOptions, askInMs: number) {
    this.#options = options;
    this.#askAt = options.clock.now() + askInMs;
  }

  async wait(signal: AbortSignal): Promise<'room' | 'rewound'> {
    const { clock, retryPeriodMs } = this.#options;
    for (;;) {
      const leftMs = this.#askAt - clock.now();
      if (leftMs > 0 && (await waitForRoom(this.#options, signal, leftMs))) return 'room';
      if (await probedRewound(this.#options, signal)) return 'rewound';
      this.#askAt = clock.now() + retryPeriodMs;
    }
  }
}
