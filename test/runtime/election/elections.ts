import type { LockResource } from '../../../runtime/src/contract/lock-resource.ts';
import { leaderAnnotation } from '../../../runtime/src/contract/names.ts';
import type { ElectionOptions } from '../../../runtime/src/election/election-options.ts';
import { electionTimes } from '../../../runtime/src/election/election-options.ts';
import { formatIdentity, type Identity } from '../../../runtime/src/election/leader-record.ts';
import { microTime } from '../../../runtime/src/election/lease-codec.ts';
import { lockKinds } from '../../../runtime/src/election/lock-kinds.ts';
import { OtherLocks } from '../../../runtime/src/election/other-locks.ts';
import type { Random } from '../../../runtime/src/support/clock.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import type { KubernetesObject } from '../../../runtime/src/support/kubernetes-object.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { NamedObjectStore, type Passage, refusal } from '../../support/named-object.ts';

/** A lock of any kind; only a Lease has a spec. */
export interface Lease extends KubernetesObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
}

export type LeaseStore = NamedObjectStore<Lease>;

export const lockName = 'datadog-leader-election';

export const foreigner = 'someone-else';

/** A lease of 60 s that somebody else holds, unless told otherwise. */
export function lease(spec: Readonly<Record<string, unknown>> = {}, metadata: Lease['metadata'] = {}): Lease {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata,
    spec: {
      holderIdentity: foreigner,
      leaseDurationSeconds: 60,
      leaseTransitions: 7,
      acquireTime: '2030-01-01T00:00:00.000000Z',
      renewTime: '2030-01-01T00:00:00.000000Z',
      ...spec,
    },
  };
}

/** What {@link lease} is, as a lock of another kind has it: in the form that client-go writes. */
export function lockOf(
  resource: LockResource,
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Lease['metadata'] = {},
): Lease {
  if (resource === 'leases') return lease(spec, metadata);
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime, renewTime, ...others } =
    lease(spec).spec ?? {};
  const seconds = (time: unknown) => String(time).replace(/\.[0-9]+Z$/, 'Z');
  const record = JSON.stringify({
    holderIdentity,
    leaseDurationSeconds,
    acquireTime: seconds(acquireTime),
    renewTime: seconds(renewTime),
    leaderTransitions: leaseTransitions,
    ...others,
  });
  return {
    apiVersion: 'v1',
    kind: resource === 'configmaps' ? 'ConfigMap' : 'Endpoints',
    metadata: { ...metadata, annotations: { ...metadata.annotations, [leaderAnnotation]: record } },
  };
}

/** What a release leaves behind. */
export const released = { holderIdentity: '', leaseDurationSeconds: 1 };

export function leaseStore(object?: Lease): LeaseStore {
  return lockStore('leases', object);
}

export function lockStore(resource: LockResource, object?: Lease): LeaseStore {
  return new NamedObjectStore<Lease>({ resource, name: lockName, ...(object === undefined ? {} : { object }) });
}

/** Another renewal by whoever holds the lock. */
export function renewByOther(store: LeaseStore, second: number): void {
  const renewTime = microTime(Date.parse('2030-01-01T00:00:00Z') + second * 1_000);
  store.write({ ...store.object, ...lockOf(store.resource, { ...specOf(store), renewTime }, store.object?.metadata) });
}

export function identityOf(podName: string): Identity {
  return { podName, podUid: '0a1b2c3d', nonce: '11111111' };
}

export function holderOf(podName: string): string {
  return formatIdentity(identityOf(podName));
}

export interface Elective extends ElectionOptions {
  readonly clock: ManualClock;
  readonly told: Happening[];
}

export interface ElectiveSetting {
  readonly podName?: string;
  readonly nonce?: string;
  readonly healthPort?: number;
  readonly clock?: ManualClock;
  readonly random?: Random;
  readonly leaseDurationMs?: number;
  readonly passage?: Passage;
  /** Locks of other kinds, to be looked at before this one is taken. */
  readonly others?: readonly LeaseStore[];
  /** Whether it may not read them. */
  readonly isBlind?: boolean;
}

/** Half of each bound: `u ** (1 / 6)` is 0.5. */
export const u = 1 / 64;

/** What one process needs to stand for election on the store's lock. */
export function elective(store: LeaseStore, setting: ElectiveSetting = {}): Elective {
  const { podName = 'collector-a', nonce, healthPort, clock = manualClock(), random = () => u, passage } = setting;
  const told: Happening[] = [];
  const self = { identity: { ...identityOf(podName), ...(nonce === undefined ? {} : { nonce }) }, healthPort };
  const times = electionTimes(setting.leaseDurationMs ?? 60_000);
  const report = (happening: Happening) => void told.push(happening);
  const lockIn = (kept: LeaseStore, way = passage) => ({
    resource: kept.resource,
    codec: lockKinds[kept.resource].codec,
    lock: kept.client({ name: podName, clock, ...(way === undefined ? {} : { passage: way }) }),
  });
  const wayToOthers = setting.isBlind === true ? refusal('API_FORBIDDEN', { status: 403 }) : passage;
  const locks = (setting.others ?? []).map((kept) => lockIn(kept, wayToOthers));
  const others = new OtherLocks({
    self,
    own: store.resource,
    locks,
    requestTimeoutMs: times.requestTimeoutMs,
    clock,
    report,
  });
  return { ...lockIn(store), self, others, times, clock, random, report, told };
}

/** The record of the lock, in the words of a Lease. */
export function specOf({ object }: LeaseStore): Readonly<Record<string, unknown>> {
  const record = object?.metadata?.annotations?.[leaderAnnotation];
  if (record === undefined) return object?.spec ?? {};
  const { leaderTransitions, ...fields } = JSON.parse(record) as Record<string, unknown>;
  return { ...fields, leaseTransitions: leaderTransitions };
}

/** Lets the same time pass on all clocks, in turns of `stepMs`. */
export async function passTogether(clocks: readonly ManualClock[], ms: number, stepMs: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) for (const clock of clocks) await clock.pass(stepMs);
}
