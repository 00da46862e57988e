import { expect } from 'vitest';
import type { AuditEntry } from '../../tools/cluster/audit-log.ts';
import { named, requestsOf } from '../../tools/trial/requests.ts';

export interface RenewalPeriod {
  /** Milliseconds of the wall clock. */
  readonly from: number;
  readonly to: number;
  readonly leaseSeconds: number;
}

/**
 * Expects that no term could end: the pause between two renewals stays below two thirds of the lease, when a term ends. The number of renewals
 * depends on how fast the machine is.
 */
export function expectRenewedInTime(
  audit: readonly AuditEntry[],
  identity: string,
  { from, to, leaseSeconds }: RenewalPeriod,
): void {
  const renewedAt = requestsOf(audit, identity)
    .filter((entry) => named(entry) === 'update leases' && entry.code === 200)
    .map(({ receivedAt }) => receivedAt)
    .filter((at) => at >= from && at < to);
  const times = [from, ...renewedAt, to];
  const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  expect(Math.max(...pauses)).toBeLessThan((leaseSeconds * 1_000 * 2) / 3);
}
