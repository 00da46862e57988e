import type { ElectionOptions } from '../../../runtime/src/election/election-options.ts';
import { electionTimes } from '../../../runtime/src/election/election-options.ts';
import { formatIdentity, type Identity } from '../../../runtime/src/election/leader-record.ts';
import { leaseCodec, microTime } from '../../../runtime/src/election/lease-codec.ts';
import type { Random } from '../../../runtime/src/support/clock.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import type { KubernetesObject } from '../../../runtime/src/support/kubernetes-object.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { NamedObjectStore, type Passage } from '../../support/named-object.ts';

export interface Lease extends KubernetesObject {
  readonly metadata?: KubernetesObject['metadata'] & { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: Readonly<Record<string, unknown>>;
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

/** What a release leaves behind. */
export const released = { holderIdentity: '', leaseDurationSeconds: 1 };

export function leaseStore(object?: Lease): LeaseStore {
  return new NamedObjectStore<Lease>({
    resource: 'leases',
    name: lockName,
    ...(object === undefined ? {} : { object }),
  });
}

/** Another renewal by whoever holds the lease. */
export function renewByOther(store: LeaseStore, second: number): void {
  const renewTime = microTime(Date.parse('2030-01-01T00:00:00Z') + second * 1_000);
  store.write({ ...store.object, spec: { ...store.object?.spec, renewTime } });
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
}

/** Half of each bound: `u ** (1 / 6)` is 0.5. */
export const u = 1 / 64;

/** What one process needs to stand for election on the store's lease. */
export function elective(store: LeaseStore, setting: ElectiveSetting = {}): Elective {
  const { podName = 'collector-a', nonce, healthPort, clock = manualClock(), random = () => u, passage } = setting;
  const told: Happening[] = [];
  return {
    self: { identity: { ...identityOf(podName), ...(nonce === undefined ? {} : { nonce }) }, healthPort },
    lock: store.client({ name: podName, clock, ...(passage === undefined ? {} : { passage }) }),
    codec: leaseCodec,
    times: electionTimes(setting.leaseDurationMs ?? 60_000),
    clock,
    random,
    report: (happening) => told.push(happening),
    told,
  };
}

export function specOf(store: LeaseStore): Readonly<Record<string, unknown>> {
  return store.object?.spec ?? {};
}

/** Lets the same time pass on all clocks, in turns of `stepMs`. */
export async function passTogether(clocks: readonly ManualClock[], ms: number, stepMs: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) for (const clock of clocks) await clock.pass(stepMs);
}
