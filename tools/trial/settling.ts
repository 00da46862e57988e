import type { Account } from './account.ts';
import { until } from './until.ts';

export interface SettlingOptions {
  /** How long nothing more may arrive before the rest counts as lost. @default 2 min */
  readonly idleMs?: number;
  /** Versions that cannot arrive any more, for example because they expired. @default 0 */
  readonly missing?: number;
}

/**
 * Waits until nothing that was written is missing, for as long as more of it arrives. Does not wait for
 * duplicates that arrive later.
 *
 * @returns the last account, whether it is complete or not
 */
export async function settle(
  accountNow: () => Account | Promise<Account>,
  { idleMs = 120_000, missing: expected = 0 }: SettlingOptions = {},
): Promise<Account> {
  let fewest = Number.POSITIVE_INFINITY;
  let progressAt = performance.now();
  const look = async () => {
    const account = await accountNow();
    const missing = account.lost.length;
    if (missing <= expected) return account;
    if (missing < fewest) {
      fewest = missing;
      progressAt = performance.now();
      return undefined;
    }
    return performance.now() - progressAt > idleMs ? account : undefined;
  };
  return until('the account', look, { limitMs: Number.POSITIVE_INFINITY, everyMs: 100 });
}
