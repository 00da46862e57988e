import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventFrame, EventStream } from '../../runtime/src/collection/event-source.ts';
import { ApiClient } from '../../runtime/src/kube/api-client.ts';
import { clusterUidReader } from '../../runtime/src/kube/cluster.ts';
import type { Connection } from '../../runtime/src/kube/connection.ts';
import { createEventSource } from '../../runtime/src/kube/event-source.ts';
import { kubeconfigConnection } from '../../runtime/src/kube/kubeconfig.ts';
import { createNamedObject } from '../../runtime/src/kube/named-object.ts';
import { serviceAccountConnection } from '../../runtime/src/kube/service-account.ts';
import type { KubernetesObject } from '../../runtime/src/support/kubernetes-object.ts';
import { systemClock } from '../../runtime/src/support/system-clock.ts';
import { findBinaries } from '../../tools/cluster/binaries.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { writeServiceAccountFolder } from '../../tools/cluster/service-account.ts';
import { failureOf } from '../runtime/kube/api-server.ts';
import { promise } from '../support/promise.ts';

const { signal } = new AbortController();
const clock = systemClock;
const wanted = 1_203;

interface Lease extends KubernetesObject {
  readonly spec?: { readonly holderIdentity?: string };
}

describe.skipIf(findBinaries() === undefined)('the client, against a real API server,', () => {
  let plane: ControlPlane;
  let asAdmin: ApiClient;

  const clientOn = (connection: Connection) =>
    new ApiClient({ connection, userAgent: 'eventbaton/test', clock, report: () => undefined });
  const sourceOn = (client: ApiClient) =>
    createEventSource({ client, namespace: undefined, probeNamespace: 'default', clock });
  const leaseNamed = (name: string) =>
    createNamedObject<Lease>({
      client: asAdmin,
      apiVersion: 'coordination.k8s.io/v1',
      resource: 'leases',
      namespace: 'default',
      name,
      clock,
    });
  const held = (name: string): Lease => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name },
    spec: { holderIdentity: 'a' },
  });
  const eventNamed = (name: string, message = 'text') => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'default' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
    reason: 'Test',
    message,
    type: 'Normal',
  });
  const write = (name: string, message?: string) =>
    plane.admin.expect('POST', '/api/v1/namespaces/default/events', eventNamed(name, message));

  beforeAll(async () => {
    plane = await startControlPlane({ compactionIntervalSeconds: 10 });
    asAdmin = clientOn(kubeconfigConnection(plane.kubeconfigFile));
    await Promise.all(Array.from({ length: wanted }, (_, index) => write(`listed-${index}`)));
  });

  afterAll(() => plane?.stop());

  test('probes a resourceVersion that rises with each Event', async () => {
    const source = sourceOn(asAdmin);
    const before = await source.probe(signal);
    await write('between-probes');
    expect((await source.probe(signal)).resourceVersion).toBeGreaterThan(before.resourceVersion);
    await plane.admin.expect('DELETE', '/api/v1/namespaces/default/events/between-probes');
  });

  test('lists all Events in pages of one resourceVersion', async () => {
    const source = sourceOn(asAdmin);
    const names = new Set<unknown>();
    let page = await source.list(undefined, signal);
    const { resourceVersion } = page;
    for (;;) {
      expect(page.resourceVersion).toBe(resourceVersion);
      for (const item of page.items) names.add((item as KubernetesObject).metadata?.name);
      if (page.continueToken === undefined) break;
      page = await source.list(page.continueToken, signal);
    }
    const listed = [...names].filter((name) => String(name).startsWith('listed-'));
    promise(() => expect(listed).toHaveLength(wanted));
  });

  test('watches from a position: what was written, changed and deleted after it, and then an orderly end', async () => {
    const source = sourceOn(asAdmin);
    const { resourceVersion } = await source.probe(signal);
    const path = '/api/v1/namespaces/default/events/watched';
    await write('watched', 'ü\u2028🎉');
    await plane.admin.expect('PATCH', path, { count: 2 }, 'application/merge-patch+json');
    await plane.admin.expect('DELETE', path);
    const frames = await all(await source.watch(resourceVersion, 8, signal));
    expect(frames.map(({ type, object }) => [type, object['message']].join(' '))).toEqual([
      'ADDED ü\u2028🎉',
      'MODIFIED ü\u2028🎉',
      'DELETED ü\u2028🎉',
    ]);
    const versions = frames.map((frame) => frame.resourceVersion);
    expect(versions).toEqual([...versions].sort((a, b) => (a < b ? -1 : 1)));
  });

  test('learns that a position has been compacted', async () => {
    const source = sourceOn(asAdmin);
    for (;;) {
      await write(`compacted-${Math.random()}`);
      const stream = await source.watch(1n, 1, signal).catch((error: unknown) => error as Error);
      const error = stream instanceof Error ? stream : await failureOf(all(stream)).catch(() => undefined);
      if (error === undefined) continue; // not compacted yet: it ran for its second
      expect(error).toMatchObject({ code: 'API_EXPIRED' });
      return;
    }
  });

  test('replaces a lease that is as it was seen, and no other', async () => {
    const lease = leaseNamed('replaced');
    expect(await lease.get()).toBeUndefined();
    const first = await lease.create(held('replaced'));
    expect(await failureOf(lease.create(held('replaced')))).toMatchObject({ code: 'API_CONFLICT' });
    const second = await lease.replace({ ...first, spec: { holderIdentity: 'b' } });
    expect(second.spec?.holderIdentity).toBe('b');
    expect(await failureOf(lease.replace(first))).toMatchObject({ code: 'API_CONFLICT' });

    await plane.admin.expect('DELETE', '/apis/coordination.k8s.io/v1/namespaces/default/leases/replaced');
    expect(await failureOf(lease.replace(second))).toMatchObject({ code: 'API_CONFLICT' });
    expect(await lease.get()).toBeUndefined();
  });

  test('follows one lease: the present state, each change, its deletion', async () => {
    const lease = leaseNamed('followed');
    const created = await lease.create(held('followed'));
    const changes = (await lease.watch(undefined, signal))[Symbol.asyncIterator]();
    expect((await changes.next()).value).toEqual(created);
    const replaced = await lease.replace({ ...created, spec: { holderIdentity: 'b' } });
    expect((await changes.next()).value).toEqual(replaced);
    await plane.admin.expect('DELETE', '/apis/coordination.k8s.io/v1/namespaces/default/leases/followed');
    expect(await changes.next()).toEqual({ done: false, value: undefined });
    await changes.return?.();
  });

  test('reads the uid of the cluster, and is told the missing rule where it may not do what it tries', async () => {
    const uid = await clusterUidReader(asAdmin, () => undefined)(signal);
    expect(uid).toMatch(/^[0-9a-f-]{36}$/);

    const folder = await mkdtemp(join(tmpdir(), 'nobody-'));
    await plane.admin.apply({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'nobody', namespace: 'default' },
    });
    await writeServiceAccountFolder(plane, { namespace: 'default', name: 'nobody', folder });
    const { host, port } = plane;
    const source = sourceOn(clientOn(await serviceAccountConnection({ folder, host, port, clock })));
    const error = await failureOf(source.watch(1n, 300, signal));
    expect(error).toMatchObject({ code: 'API_FORBIDDEN', details: { status: 403 } });
    expect(error.message).toMatch(/^watch events: 403 Forbidden: .*nobody.* cannot watch resource/);
    await rm(folder, { recursive: true });
  });
});

async function all(stream: EventStream): Promise<readonly EventFrame[]> {
  const frames: EventFrame[] = [];
  for (let frame = await stream.next(); frame !== undefined; frame = await stream.next()) frames.push(frame);
  return frames;
}
