/**
 * When keys expire: the API server attaches many to one etcd lease, and etcd deletes the keys of a lease in one transaction.
 *
 * Source: kubernetes/apiserver v0.36 `pkg/storage/etcd3/lease_manager.go` (reuse for min(60 s, 5 % of the TTL), at most 1,000 keys) and etcd 3.6
 * `server/lease/lessor.go` (revocation; a restarted lessor grants every lease its full time anew).
 */
interface ExpiryLease {
  readonly grantedMs: number;
  readonly expiresAt: number;
  readonly keys: ReadonlySet<string>;
}

export interface SavedLeases {
  readonly leases: readonly ExpiryLease[];
}

const longestReuseMs = 60_000;
const reuseShare = 0.05;
const keysPerLease = 1_000;

interface OpenLease {
  readonly grantedMs: number;
  expiresAt: number;
  readonly keys: Set<string>;
}

export class ExpiryLeases {
  readonly #ttlMs: number;
  readonly #reuseMs: number;
  readonly #leases = new Set<OpenLease>();
  readonly #leaseOf = new Map<string, OpenLease>();
  #latest: { readonly lease: OpenLease; attached: number } | undefined;

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
    // Whole seconds, as etcd counts them.
    this.#reuseMs = Math.floor(Math.min(longestReuseMs, reuseShare * ttlMs) / 1_000) * 1_000;
  }

  /** The time at which something expires next; infinite where nothing does. */
  get dueAt(): number {
    let earliest = Infinity;
    for (const { expiresAt } of this.#leases) earliest = Math.min(earliest, expiresAt);
    return earliest;
  }

  /** A key that was written now. Its former lease lets go of it. */
  attach(key: string, now: number): void {
    this.detach(key);
    const lease = this.#leaseAt(now);
    lease.keys.add(key);
    this.#leaseOf.set(key, lease);
  }

  detach(key: string): void {
    this.#leaseOf.get(key)?.keys.delete(key);
    this.#leaseOf.delete(key);
  }

  /** What has expired: the keys of one lease together, in order. */
  expire(now: number): readonly (readonly string[])[] {
    const over = [...this.#leases].filter(({ expiresAt }) => expiresAt <= now);
    return over
      .sort((a, b) => a.expiresAt - b.expiresAt)
      .map((lease) => {
        this.#leases.delete(lease);
        const keys = [...lease.keys].sort();
        for (const key of keys) this.#leaseOf.delete(key);
        return keys;
      });
  }

  /** An API server that starts anew shares no lease with the one before. */
  forgetLatest(): void {
    this.#latest = undefined;
  }

  save(): SavedLeases {
    return { leases: [...this.#leases].map((lease) => ({ ...lease, keys: new Set(lease.keys) })) };
  }

  restore({ leases }: SavedLeases, now: number): void {
    this.#leases.clear();
    this.#leaseOf.clear();
    this.#latest = undefined;
    for (const { grantedMs, keys } of leases) {
      const lease = { grantedMs, expiresAt: now + grantedMs, keys: new Set(keys) };
      this.#leases.add(lease);
      for (const key of keys) this.#leaseOf.set(key, lease);
    }
  }

  #leaseAt(now: number): OpenLease {
    const latest = this.#latest;
    if (latest !== undefined) {
      const { expiresAt } = latest.lease;
      const longEnough = now + this.#ttlMs < expiresAt;
      // Two writes of one millisecond are, to the real clock, one after the other.
      const shortEnough = now + this.#ttlMs + this.#reuseMs >= expiresAt;
      latest.attached += 1;
      if (longEnough && shortEnough && latest.attached <= keysPerLease) return latest.lease;
    }
    const grantedMs = this.#ttlMs + this.#reuseMs;
    const lease: OpenLease = { grantedMs, expiresAt: now + grantedMs, keys: new Set() };
    this.#leases.add(lease);
    this.#latest = { lease, attached: 1 };
    return lease;
  }
}
