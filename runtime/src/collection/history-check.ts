import { isCollectorError } from '../support/errors.ts';
import type { ResourceVersion } from '../support/resource-version.ts';
import type { ReaderOptions } from './reader-options.ts';

export type HistoryAnswer = 'readable' | 'compacted' | 'unknown';

/** Asks the server whether its history still holds `position`. A failing request is reported, and answers nothing. */
export async function checkHistory(
  { source, report }: Pick<ReaderOptions, 'source' | 'report'>,
  position: ResourceVersion,
  signal: AbortSignal,
): Promise<HistoryAnswer> {
  try {
    return (await source.canRead(position, signal)) ? 'readable' : 'compacted';
  } catch (error) {
    if (signal.aborted) return 'unknown';
    if (!isCollectorError(error)) throw error;
    report({ what: 'collection request failed', verb: 'list', error });
    return 'unknown';
  }
}
