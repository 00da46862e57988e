import { describe, expect, test } from 'vitest';
import { startCluster } from './cluster.ts';
import { start } from './process.ts';

const inNamespace = '/namespaces/monitoring';

const paths = {
  leases: `/apis/coordination.k8s.io/v1${inNamespace}/leases/datadog-leader-election`,
  configmaps: `/api/v1${inNamespace}/configmaps/datadog-leader-election`,
  endpoints: `/api/v1${inNamespace}/endpoints/datadog-leader-election`,
};

const spellings = [
  ['lease', 'leases'],
  ['leases', 'leases'],
  ['configmap', 'configmaps'],
  ['configmaps', 'configmaps'],
  ['endpoints', 'endpoints'],
] as const;

const electionAlone = { DD_COLLECT_KUBERNETES_EVENTS: 'false', DD_LEADER_ELECTION: 'true' };

describe.each(spellings)('a collector whose kind of lock is %s', (spelling, resource) => {
  const kind = { DD_LEADER_ELECTION_DEFAULT_RESOURCE: spelling };

  test('leads by that one, writes no other, and lets go of it at its end', async () => {
    const cluster = await startCluster();
    const process = start({ ...cluster.environment, ...electionAlone, ...kind });
    await process.until(() => process.logged('leading: term 1 (no leader yet)') !== undefined);
    expect(Object.values(paths).filter((path) => cluster.objects.has(path))).toEqual([paths[resource]]);
    // Once before it takes its lock, and once after.
    for (const [each, path] of Object.entries(paths))
      if (each !== resource) await process.until(() => cluster.asked('GET', path).length === 2);
    process.stop.abort();
    expect(await process.exitCode).toBe(0);
    expect(JSON.stringify(cluster.objects.get(paths[resource]))).toMatch(/\\?"holderIdentity\\?":\\?"\\?"/);
  });

  test('says where that is forbidden which rule is missing, and which setting wants it', async () => {
    const cluster = await startCluster();
    cluster.api.server.removeAllListeners('request');
    cluster.api.server.on('request', (_, response) => response.writeHead(403).end('{"message":"not you"}'));
    const process = start({ ...cluster.environment, ...electionAlone, ...kind });
    await process.until(() => process.logged('lock not read or written') !== undefined);
    const group = resource === 'leases' ? 'coordination.k8s.io' : '';
    expect(process.logged('lock not read or written')).toMatchObject({
      level: 'warn',
      error: {
        message: `get ${resource} "datadog-leader-election" in namespace "monitoring": 403 Forbidden: not you`,
        hint: expect.stringContaining(
          `allow \`get\` on \`${resource}\` (apiGroup "${group}", resourceName "datadog-leader-election") in a Role in namespace "monitoring"`,
        ),
      },
      setting: 'DD_LEADER_ELECTION_DEFAULT_RESOURCE says of which kind the lock is',
    });
  });
});

test('a collector that would lead while an Agent does says who leads, and by what', async () => {
  const record =
    '{"holderIdentity":"agent-x","leaseDurationSeconds":60,"acquireTime":null,"renewTime":null,"leaderTransitions":3}';
  const annotations = { 'control-plane.alpha.kubernetes.io/leader': record };
  const cluster = await startCluster({ objects: { [paths.configmaps]: { metadata: { uid: 'theirs', annotations } } } });
  const process = start(cluster.environment);
  const message = 'somebody leads by a lock of another kind: not leading before it is released or has run out';
  await process.until(() => process.logged(message) !== undefined);
  expect(process.logged(message)).toMatchObject({
    level: 'warn',
    lock: 'configmaps "datadog-leader-election" in namespace "monitoring"',
    holder: 'agent-x',
  });
  await process.clock.pass(30_000);
  expect(await process.status()).toMatchObject({ role: 'candidate' });
  expect(cluster.watches()).toBe(0);
});

test('a collector that may not read the locks of other kinds leads, and says once for each what it does not see', async () => {
  const cluster = await startCluster();
  const [answering] = cluster.api.server.rawListeners('request') as ((...given: unknown[]) => void)[];
  cluster.api.server.removeAllListeners('request');
  cluster.api.server.on('request', (request, response) => {
    const isOther = request.url === paths.configmaps || request.url === paths.endpoints;
    if (isOther) response.writeHead(403).end('{"message":"not you"}');
    else answering?.(request, response);
  });
  const process = start({ ...cluster.environment, ...electionAlone });
  await process.until(() => process.logged('leading: term 1 (no leader yet)') !== undefined);
  const message = 'a lock of another kind may not be read: whoever leads by it, such as an Agent, is not seen';
  expect(process.log.filter((entry) => entry.message === message)).toEqual([
    expect.objectContaining({ error: expect.objectContaining({ hint: expect.stringContaining('`configmaps`') }) }),
    expect.objectContaining({ error: expect.objectContaining({ hint: expect.stringContaining('`endpoints`') }) }),
  ]);
});
