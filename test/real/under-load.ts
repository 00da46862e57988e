/** Collectors behind fault proxies, with Events being written: what the suites of faults begin with. */
import { expect, onTestFinished } from 'vitest';
import { defaultLockName } from '../../runtime/src/contract/names.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { type FaultProxy, startFaultProxy } from '../../tools/faults/fault-proxy.ts';
import type { LoggedRequest } from '../../tools/faults/request-log.ts';
import { type Scope, matches } from '../../tools/faults/scope.ts';
import { parseRecord } from '../../tools/trial/deliveries.ts';
import type { Installation, InstallationOptions } from '../../tools/trial/installation.ts';
import type { Pod } from '../../tools/trial/pod.ts';
import { until } from '../../tools/trial/until.ts';
import type { Workload } from '../../tools/trial/workload.ts';
import { promise } from '../support/promise.ts';
import { install, startWorkload } from '../support/real.ts';

const pace = { perSecond: 50, updateEvery: 5 };

export const eventWatch: Scope = { path: /\/events$/, query: /watch=true/ };
/** Full lists; a probe has a field selector instead. */
export const eventList: Scope = { path: /\/events$/, query: /limit=(?!1(&|$))/ };
/** Whether a position can be read. */
export const historyCheck: Scope = { path: /\/events$/, query: /resourceVersionMatch=Exact/ };
export const lockWrite: Scope = { method: 'PUT', path: /\/leases\// };
export const tokenWrite: Scope = { method: 'PUT', path: /\/configmaps\// };
export const nothingAmiss = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };

/** Pods, each behind a proxy of its own, one of which leads and has delivered, with Events being written. */
export async function underLoad(
  plane: ControlPlane,
  namespace: string,
  count: number,
  settings: InstallationOptions['settings'] = {},
) {
  const installation = await install(plane, { namespace, settings: { leaderLeaseDuration: 12, ...settings } });
  const proxies = new Map<Pod, FaultProxy>();
  for (let index = 0; index < count; index += 1) {
    const proxy = await proxyBefore(plane);
    proxies.set(await installation.addPod({}, { through: proxy }), proxy);
  }
  await installation.listed();
  const workload = installation.workload();
  const writing = startWorkload(workload, pace);
  await delivered(installation, workload, 100);
  return {
    installation,
    workload,
    proxies: [...proxies.values()],
    proxyOf: (pod: Pod) => proxies.get(pod) as FaultProxy,
    stopWriting: () => writing.stop(),
  };
}

export async function proxyBefore(plane: ControlPlane): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ upstream: plane });
  onTestFinished(() => proxy.close());
  return proxy;
}

export function onlyPod({ pods: [pod] }: Installation): Pod {
  if (pod === undefined) throw new Error('there is no pod');
  return pod;
}

export async function transitions(installation: Installation): Promise<number> {
  return (await installation.lease())?.spec.leaseTransitions ?? 0;
}

export function lockPath({ namespace }: Installation): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${defaultLockName}`;
}

export async function tokenKey(installation: Installation): Promise<bigint> {
  return BigInt((await installation.tokenConfigMap())?.data?.['event.tokenKey'] ?? 0);
}

/** Waits for a leader. Two pods that report that they lead, and still do when asked again, are a broken promise. */
export async function oneLeader({ pods }: Installation): Promise<void> {
  const leaders = async () => {
    const roles = await Promise.all(pods.map((pod) => pod.metric('leader_election_master_status')));
    return pods.filter((_, index) => roles[index] === 1).map(({ name }) => name);
  };
  const leading = await until('a leader', async () => {
    const found = await leaders();
    return found.length > 0 ? found : undefined;
  });
  if (leading.length === 1) return;
  const still = (await leaders()).filter((name) => leading.includes(name));
  promise(() => expect(still.length).toBeLessThanOrEqual(1));
}

/** The first line of a pod's log with these words, once it is there. */
export async function said(pod: Pod, words: string) {
  return until(`"${words}" in the log of ${pod.name}`, () => pod.log.find(({ message }) => message.includes(words)));
}

export function saidLines({ pods }: Installation, words: string) {
  return pods.flatMap(({ log }) => log.filter(({ message }) => message.includes(words)));
}

export function asked(proxy: FaultProxy | undefined, scope: Scope): readonly LoggedRequest[] {
  return (proxy?.requests ?? []).filter((request) => matches(scope, request));
}

export function idsOf({ output }: Pod): readonly string[] {
  return output.flatMap(({ text }) => parseRecord(text)?.id ?? []);
}

export async function delivered(installation: Installation, workload: Workload, count: number): Promise<void> {
  await until('deliveries', async () => (await installation.account(workload)).delivered > count || undefined);
}
