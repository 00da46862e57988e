/** What every lock kind stores about its leader, whatever object and field names carry it. */
export interface LeaderRecord {
  /** Empty after a release. */
  readonly holderIdentity: string;
  readonly leaseDurationMs: number;
  /** Rises by one with every acquisition; a term's number. */
  readonly transitions: number;
  /** As written, never compared with a local clock: only whether they changed counts. */
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
}

/** Who a candidate is: one process of one pod. */
export interface Identity {
  readonly podName: string;
  /** First eight hex digits; empty where the pod's uid is unknown. */
  readonly podUid: string;
  /** Eight random hex digits, new in each process. */
  readonly nonce: string;
}

/** The duration that a release writes. */
export const releaseDurationMs = 1_000;

export function formatIdentity({ podName, podUid, nonce }: Identity): string {
  return `${podName}_${podUid}_${nonce}`;
}

/** True if `holder` is a collector's identity: an Agent's is the name of a pod or host, which has no underscore. */
export function isCollector(holder: string): boolean {
  return /^[^_]+_[0-9a-f]{0,8}_[0-9a-f]{8}$/.test(holder);
}

/** True if `holder` is an earlier process of the pod that `self` runs in. */
export function isEarlierProcessOf(self: Identity, holder: string): boolean {
  if (self.podUid === '') return false;
  return holder !== formatIdentity(self) && holder.startsWith(`${self.podName}_${self.podUid}_`);
}

/** A release is an explicit act: no holder *and* a one-second lease. A merely emptied record still counts until it expires. */
export function isRelease(record: LeaderRecord): boolean {
  return record.holderIdentity === '' && record.leaseDurationMs === releaseDurationMs;
}

export function sameRecord(a: LeaderRecord, b: LeaderRecord): boolean {
  return (
    a.holderIdentity === b.holderIdentity &&
    a.leaseDurationMs === b.leaseDurationMs &&
    a.transitions === b.transitions &&
    a.acquireTime === b.acquireTime &&
    a.renewTime === b.renewTime
  );
}
