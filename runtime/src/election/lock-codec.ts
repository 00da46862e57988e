import type { KubernetesObject } from '../support/kubernetes-object.ts';
import type { LeaderRecord } from './leader-record.ts';

/** What a lock object says, apart from how its kind spells it. */
export interface LockState {
  /** Undefined where the object carries none. */
  readonly record: LeaderRecord | undefined;
  /** The token's copy, as the token's own code wrote it. */
  readonly tokenCopy: string | undefined;
  /** The port that the holder has bound: who can bind it knows that an earlier process of the same pod is gone. */
  readonly healthPort: number | undefined;
  /** Locks of other kinds that had run out when this one was taken, as `OtherLocks` wrote them. */
  readonly expiredLocks: string | undefined;
}

/** The state of a lock that somebody holds or has released. */
export interface HeldState extends LockState {
  readonly record: LeaderRecord;
}

/** How one kind of lock object spells a {@link LockState}. Fields, labels and annotations of others stay as they are. */
export interface LockCodec {
  read(object: KubernetesObject): LockState;
  /** @param base the object last seen; undefined: a new one of this name is made */
  write(
    base: KubernetesObject | undefined,
    place: { readonly namespace: string; readonly name: string },
    state: LockState,
  ): KubernetesObject;
  /** A moment as records of this kind have it, which may be no finer than a second. */
  time(wallTimeMs: number): string;
}
