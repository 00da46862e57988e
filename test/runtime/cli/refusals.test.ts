import { describe, expect, test } from 'vitest';
import { idsIn } from '../../support/records.ts';
import type { SeenRequest } from '../kube/api-server.ts';
import { event, lockPath, startCluster, type StoredObject, type TestCluster, tokenPath } from './cluster.ts';
import { type LogEntry, type Running, start } from './process.ts';

const leases = lockPath.slice(0, lockPath.lastIndexOf('/'));
const configMaps = tokenPath.slice(0, tokenPath.lastIndexOf('/'));
const isWatch = ({ query }: SeenRequest) => query['watch'] === 'true';

/** Each request that a collector makes, by verb and resource, with what has to be allowed for it. */
const requests: readonly (readonly [string, (request: SeenRequest) => boolean, string])[] = [
  [
    'get leases',
    ({ method, path }) => method === 'GET' && path === lockPath,
    '`get` on `leases` (apiGroup "coordination.k8s.io", resourceName "datadog-leader-election") in a Role in namespace "monitoring"',
  ],
  [
    'watch leases',
    (request) => request.path === leases && isWatch(request),
    '`watch` on `leases` (apiGroup "coordination.k8s.io", resourceName "datadog-leader-election") in a Role in namespace "monitoring"',
  ],
  [
    'create leases',
    ({ method, path }) => method === 'POST' && path === leases,
    '`create` on `leases` (apiGroup "coordination.k8s.io") in a Role in namespace "monitoring"',
  ],
  [
    'update leases',
    ({ method, path }) => method === 'PUT' && path === lockPath,
    '`update` on `leases` (apiGroup "coordination.k8s.io", resourceName "datadog-leader-election") in a Role in namespace "monitoring"',
  ],
  [
    'get configmaps, of the token',
    ({ method, path }) => method === 'GET' && path === tokenPath,
    '`get` on `configmaps` (apiGroup "", resourceName "datadogtoken") in a Role in namespace "monitoring"',
  ],
  [
    'create configmaps',
    ({ method, path }) => method === 'POST' && path === configMaps,
    '`create` on `configmaps` (apiGroup "") in a Role in namespace "monitoring"',
  ],
  [
    'update configmaps',
    ({ method, path }) => method === 'PUT' && path === tokenPath,
    '`update` on `configmaps` (apiGroup "", resourceName "datadogtoken") in a Role in namespace "monitoring"',
  ],
  [
    'get configmaps, of a lock',
    ({ path }) => path === `${configMaps}/datadog-leader-election`,
    '`get` on `configmaps` (apiGroup "", resourceName "datadog-leader-election") in a Role in namespace "monitoring"',
  ],
  [
    'get endpoints',
    ({ path }) => path.endsWith('/endpoints/datadog-leader-election'),
    '`get` on `endpoints` (apiGroup "", resourceName "datadog-leader-election") in a Role in namespace "monitoring"',
  ],
  [
    'get namespaces',
    ({ path }) => path === '/api/v1/namespaces/kube-system',
    '`get` on `namespaces` (apiGroup "", resourceName "kube-system") in a ClusterRole',
  ],
  [
    'list events, one key',
    ({ path }) => path === '/api/v1/namespaces/monitoring/events',
    '`list` on `events` (apiGroup "") in a ClusterRole',
  ],
  [
    'list events',
    (request) => request.path === '/api/v1/events' && !isWatch(request),
    '`list` on `events` (apiGroup "") in a ClusterRole',
  ],
  [
    'watch events',
    (request) => request.path === '/api/v1/events' && isWatch(request),
    '`watch` on `events` (apiGroup "") in a ClusterRole',
  ],
];

const hintOf = ({ error }: LogEntry) => (error as { readonly hint?: string } | undefined)?.hint ?? '';
const hinted = (process: Running, words: string) => process.log.some((entry) => hintOf(entry).includes(words));

const delivered = (process: Running, cluster: TestCluster) =>
  process.until(() => cluster.watches() === 1 && process.output().includes('uid-50.50'));

/** Everything works: leading, delivering, renewing, and the token is written. */
async function expectWell(process: Running, cluster: TestCluster): Promise<void> {
  await delivered(process, cluster);
  cluster.happens(event(5_000));
  await process.until(() => cluster.token()?.data?.['event.tokenKey'] === '5000');
  expect(idsIn(process.output()).toSorted()).toEqual(['uid-50.50', 'uid-5000.5000']);
  const renewals = cluster.asked('PUT', lockPath).length;
  await process.until(() => cluster.asked('PUT', lockPath).length > renewals + 1);
  process.stop.abort();
  expect(await process.exitCode).toBe(0);
  expect(cluster.lock()?.spec).toMatchObject({ holderIdentity: '' });
}

describe('a right that is missing at the start is told with verb, resource, namespace and remedy, ends nothing, and once given works without a restart:', () => {
  test.each(requests)('%s', async (_name, matches, rule) => {
    const cluster = await startCluster({ events: [event(50)] });
    let refused = 0;
    cluster.refuse((request) => {
      if (!matches(request)) return undefined;
      refused += 1;
      return 403;
    });
    const process = start(cluster.environment);
    await process.until(() => hinted(process, `allow ${rule}`));
    await process.clock.pass(5_000);
    expect(refused).toBeGreaterThan(0);
    cluster.refuse(() => undefined);
    await expectWell(process, cluster);
  });
});

describe('an answer that says no, or nothing, to the lock ends nothing and is told:', () => {
  const ofLock = ({ method, path }: SeenRequest) => [lockPath, leases].includes(path) && method !== 'GET';

  test.each([
    [409, 'another collector was faster', /create leases .* in namespace "monitoring": 409/],
    [422, 'lock not read or written', /create leases .* in namespace "monitoring": 422 Unprocessable Entity: not now/],
    [500, 'lock not read or written', /create leases .* in namespace "monitoring": 500/],
  ])('%i when it is taken', async (status, message, words) => {
    const cluster = await startCluster({ events: [event(50)] });
    cluster.refuse((request) => (ofLock(request) ? status : undefined));
    const process = start(cluster.environment);
    await process.until(() => process.logged(message) !== undefined);
    expect(JSON.stringify(process.logged(message)).replaceAll('\\"', '"')).toMatch(words);
    cluster.refuse(() => undefined);
    await expectWell(process, cluster);
  });

  test.each([409, 422, 429, 500])('%i when it is renewed: the term is kept while its lease lasts', async (status) => {
    const cluster = await startCluster({ events: [event(50)] });
    const process = start(cluster.environment);
    await delivered(process, cluster);
    cluster.refuse((request) => (ofLock(request) ? status : undefined));
    await process.until(() => process.logged('lease not renewed') !== undefined);
    expect(process.logged('lease not renewed')).toMatchObject({
      level: 'warn',
      error: { message: expect.stringMatching(new RegExp(`^update leases .* in namespace "monitoring": ${status}`)) },
    });
    cluster.refuse(() => undefined);
    await expectWell(process, cluster);
    expect(cluster.lock()?.spec).toMatchObject({ leaseTransitions: 1 });
  });

  test('until the lease is over: then the term is, and the next one begins when the lock can be written again', async () => {
    const cluster = await startCluster({ events: [event(50)] });
    const process = start(cluster.environment);
    await delivered(process, cluster);
    cluster.refuse((request) => (ofLock(request) ? 422 : undefined));
    await process.until(() => process.logged('no longer leading: term 1') !== undefined);
    cluster.refuse(() => undefined);
    await process.until(() => process.logged('leading: term 2 (own record)') !== undefined);
    await expectWell(process, cluster);
  });
});

describe('credentials that are not accepted are told, and read anew:', () => {
  test('at the start, and after they were rotated', async () => {
    const cluster = await startCluster({ events: [event(50)] });
    cluster.refuse(() => 401);
    const process = start(cluster.environment);
    await process.until(() => hinted(process, 'the credentials were not accepted'));
    cluster.refuse(() => undefined);
    await delivered(process, cluster);
    cluster.refuse(() => 401);
    await process.until(() => process.logged('lease not renewed') !== undefined);
    cluster.refuse(() => undefined);
    await expectWell(process, cluster);
  });
});

describe('a token that is none', () => {
  const stored = (key: string): StoredObject => ({
    metadata: { name: 'datadogtoken', namespace: 'monitoring', uid: 'token-1', resourceVersion: '8' },
    data: { 'event.tokenKey': key },
  });

  test.each(['abc', '-5', '1e3', '0x10', ' 90 ', '9'.repeat(500), '\u001b[31m'])(
    'but %j is passed over: the start policy decides, and the log says so',
    async (key) => {
      const cluster = await startCluster({ events: [event(50)], objects: { [tokenPath]: stored(key) } });
      const process = start(cluster.environment);
      await delivered(process, cluster);
      const line = process.logged('the stored token is no number: passed over');
      expect(line).toMatchObject({ level: 'warn', found: expect.any(String) });
      expect(JSON.stringify(line).length).toBeLessThan(300);
      await expectWell(process, cluster);
    },
  );

  test.each(['', '0'])('but %j says that there is none yet: all that there is comes', async (key) => {
    const cluster = await startCluster({ events: [event(50)], objects: { [tokenPath]: stored(key) } });
    const process = start(cluster.environment);
    await delivered(process, cluster);
    expect(process.logged('the stored token is no number: passed over')).toBeUndefined();
    await expectWell(process, cluster);
  });
});
