import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { defaultLockName } from '../../runtime/src/contract/names.ts';
import { ApiClient } from '../../runtime/src/kube/api-client.ts';
import { kubeconfigConnection } from '../../runtime/src/kube/kubeconfig.ts';
import { createNamedObject } from '../../runtime/src/kube/named-object.ts';
import { systemClock as clock } from '../../runtime/src/support/system-clock.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { ControllerManager } from '../../tools/cluster/controller-manager.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import type { LockObject } from '../../tools/trial/lock.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { until } from '../../tools/trial/until.ts';
import { describeReal, install, named, requestsOf, startWorkload, tell } from '../support/real.ts';
import { expectAccount } from '../support/account.ts';
import { promise } from '../support/promise.ts';

const leaseSeconds = 10;

describeReal('on one Lease with kube-controller-manager', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('there are never two holders, whoever of them crashes: each waits for the whole of the other’s lease, and no Event is lost', async () => {
    const { pod, manager, lease, expectNothingLost } = await rivals('crashes');
    await manager.start();
    await pod.stop('SIGKILL');
    await lease.heldBy('the manager', isManager);
    await pod.start();
    await manager.stop('SIGKILL');
    await lease.heldBy('the collector', (holder) => holder === pod.identity);
    await manager.start();
    await pod.stop('SIGKILL');
    await lease.heldBy('the manager again', isManager);
    await pod.start();
    await manager.stop('SIGKILL');
    await lease.heldBy('the collector again', (holder) => holder === pod.identity);
    await expectNothingLost();
    expect(promise(() => lease.expectNeverTwo())).toEqual(['expired', 'expired', 'expired', 'expired']);
  });

  test('what the collector releases is taken up without a wait, and one that stood still writes nothing when it wakes, and asks who leads', async () => {
    const { pod, manager, lease, expectNothingLost } = await rivals('releases');
    await manager.start();
    await pod.stop('SIGTERM');
    await lease.heldBy('the manager', isManager);
    const before = claims(pod);
    await pod.start();
    await manager.stop('SIGTERM');
    await lease.heldBy('the collector', (holder) => holder === pod.identity);
    await manager.start();
    // What it has begun is sent when it wakes: claimed and just renewed, it writes nothing for a while.
    await until('its claim', () => claims(pod) > before || undefined);
    await lease.changed();
    pod.signal('SIGSTOP');
    await lease.heldBy('the manager again', isManager);
    const wokenAt = Date.now();
    pod.signal('SIGCONT');
    const followed = async () => (await pod.page('/status')).includes(`"holder": "${lease.holder}"`);
    await until('the collector to follow', async () => (await followed()) || undefined);
    const asked = await until('its question in the log', async () => {
      const since = requestsOf(await plane.requests(), pod.identity).filter(({ receivedAt }) => receivedAt >= wokenAt);
      return since.some((entry) => named(entry) === 'get leases') ? since : undefined;
    });
    promise(() => expect(asked.filter(({ verb }) => verb === 'update' || verb === 'create')).toEqual([]));
    await manager.stop('SIGKILL');
    await lease.heldBy('the collector again', (holder) => holder === pod.identity);
    await expectNothingLost();
    expect(promise(() => lease.expectNeverTwo())).toEqual(['released', 'expired', 'expired', 'expired']);
  });

  /** One collector that leads, a manager that is not started yet, and their Lease under observation from its beginning. */
  async function rivals(namespace: string) {
    const installation = await install(plane, { namespace, settings: { leaderLeaseDuration: leaseSeconds } });
    const lease = await ObservedLease.open(plane, namespace);
    onTestFinished(() => lease.end());
    const candidacy = { leaseName: defaultLockName, leaseNamespace: namespace, leaseSeconds };
    const manager = await ControllerManager.create(plane, candidacy);
    onTestFinished(() => manager.remove());
    const pod = await installation.addPod();
    const workload = installation.workload();
    const writing = startWorkload(workload, { perSecond: 20, updateEvery: 5 });
    await lease.heldBy('the collector', (holder) => holder === pod.identity);
    const expectNothingLost = async () => {
      await writing.stop();
      const account = await installation.settled([workload]);
      expectAccount(account, { lost: 0, outOfOrder: 0, gaps: 0 });
    };
    return { pod, manager, lease, expectNothingLost };
  }
});

/** Its identity is the host's name and a uuid; a collector's has two underscores. */
function isManager(holder: string): boolean {
  return /^[^_]+_[0-9a-f-]{36}$/.test(holder);
}

/** Of all its processes. */
function claims({ log }: Pod): number {
  return log.filter(({ message }) => message === 'token claimed').length;
}

/** Every state of one Lease, as a watch tells them. */
class ObservedLease {
  readonly #states: LockObject[] = [];
  /** When each was told here, in milliseconds since 1970. */
  readonly #toldAt: number[] = [];
  readonly #ended: AbortController;
  readonly #watching: Promise<void>;

  private constructor(states: AsyncIterable<LockObject | undefined>, ended: AbortController) {
    this.#ended = ended;
    this.#watching = this.#observe(states);
  }

  /** The watch stands when it returns. */
  static async open({ kubeconfigFile }: ControlPlane, namespace: string): Promise<ObservedLease> {
    const client = new ApiClient({
      connection: kubeconfigConnection(kubeconfigFile),
      userAgent: 'observer',
      clock,
      report: () => undefined,
    });
    const lease = createNamedObject<LockObject>({
      client,
      apiVersion: 'coordination.k8s.io/v1',
      resource: 'leases',
      namespace,
      name: defaultLockName,
      clock,
    });
    const ended = new AbortController();
    return new ObservedLease(await lease.watch(undefined, ended.signal), ended);
  }

  get holder(): string {
    return this.#holders.at(-1) ?? '';
  }

  async changed(): Promise<void> {
    const { length } = this.#states;
    await until('the next state of the Lease', () => this.#states.length > length || undefined);
  }

  async heldBy(who: string, isHolder: (holder: string) => boolean): Promise<void> {
    await until(
      () => `the Lease in the hands of ${who}, after ${this.#holders.join(', ')}`,
      () => isHolder(this.holder) || undefined,
    );
  }

  /**
   * By what the holders wrote themselves, on this machine's one clock: the former's `renewTime` lies before its write, the next one's after
   * the lease ran out in its eyes, and none after its write was told here.
   *
   * @returns what each change of the holder came after
   */
  expectNeverTwo(): readonly ('released' | 'expired')[] {
    const changes: ('released' | 'expired')[] = [];
    for (const [index, { spec: next }] of this.#states.entries()) {
      if (next?.holderIdentity !== '')
        expect(Date.parse(next?.renewTime ?? '')).toBeLessThanOrEqual(this.#toldAt[index] ?? Number.NaN);
      const before = this.#states[index - 1]?.spec;
      const holder = next?.holderIdentity ?? '';
      if (before === undefined || holder === '' || holder === before.holderIdentity) continue;
      if (before.holderIdentity === '') {
        expect(before.leaseDurationSeconds).toBe(1);
        changes.push('released');
        continue;
      }
      const waited = Date.parse(next?.renewTime ?? '') - Date.parse(before.renewTime ?? '');
      tell(`${before.holderIdentity} to ${holder}, with a lease of ${leaseSeconds} s`, waited);
      expect(before.leaseDurationSeconds).toBe(leaseSeconds);
      expect(waited).toBeGreaterThanOrEqual(leaseSeconds * 1_000);
      changes.push('expired');
    }
    return changes;
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#watching;
  }

  get #holders(): readonly string[] {
    return this.#states.map(({ spec }) => spec?.holderIdentity ?? '');
  }

  async #observe(states: AsyncIterable<LockObject | undefined>): Promise<void> {
    try {
      for await (const state of states) {
        if (state === undefined) continue;
        this.#states.push(state);
        this.#toldAt.push(Date.now());
      }
    } catch (error) {
      if (!this.#ended.signal.aborted) throw error;
    }
  }
}
