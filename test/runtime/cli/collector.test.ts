import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { until } from '../../../tools/trial/until.ts';
import { idsIn } from '../../support/records.ts';
import { event, lockPath, startCluster, tokenPath, type StoredObject, type TestCluster } from './cluster.ts';
import { range } from '../delivery/sending.ts';
import { type Running, start, temporaryFolder } from './process.ts';

const watching = (process: Running, cluster: TestCluster) => process.until(() => cluster.watches() === 1);

/** What there was is delivered, and the token says so. */
const settledIn = (cluster: TestCluster, process: Running) =>
  process.until(() => !['0', undefined].includes(cluster.token()?.data?.['event.tokenKey']));

const foreignLock: StoredObject = {
  metadata: { name: 'datadog-leader-election', namespace: 'monitoring', uid: 'lock-1', resourceVersion: '7' },
  spec: { holderIdentity: 'collector-b_9f8e7d6c_22222222', leaseDurationSeconds: 60, leaseTransitions: 4 },
};

const storedToken: StoredObject = {
  metadata: { name: 'datadogtoken', namespace: 'monitoring', uid: 'token-1', resourceVersion: '8' },
  data: { 'event.tokenKey': '90' },
};

/** The identity of a collector that knows its pod. */
const pod = { DD_POD_NAME: 'collector-a', EVENTBATON_POD_UID: '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9' };

describe('a collector', () => {
  test('carries what there is and what follows to standard output, one line per record, and nothing else', async () => {
    const cluster = await startCluster({ events: [event(50), event(60)] });
    const process = start({ ...cluster.environment, DD_CLUSTER_NAME: 'production' });
    await watching(process, cluster);
    cluster.happens(event(200));
    cluster.happens(event(201), 'MODIFIED');
    await process.until(() => process.output().includes('uid-201.201'));
    expect(idsIn(process.output())).toEqual(['uid-50.50', 'uid-60.60', 'uid-200.200', 'uid-201.201']);
    const records = process.output().trimEnd().split('\n');
    expect(JSON.parse(records[3] ?? '')).toMatchObject({
      cluster: { name: 'production', uid: 'cluster-1' },
      change: 'updated',
      message: 'message 201',
    });
  });

  test('hands over at a stop: token written, lock released with its copy, exit code 0', async () => {
    const cluster = await startCluster({ events: [event(50)] });
    const process = start(cluster.environment);
    await watching(process, cluster);
    cluster.happens(event(200));
    await process.until(() => process.output().includes('uid-200.200'));
    process.stop.abort();
    expect(await process.exitCode).toBe(0);
    expect(cluster.token()?.data).toMatchObject({ 'event.tokenKey': '200' });
    expect(cluster.lock()).toMatchObject({
      metadata: { annotations: { 'eventbaton.io/token': expect.stringContaining('"200"') } },
      spec: { holderIdentity: '', leaseDurationSeconds: 1 },
    });
    expect(cluster.api.requests.at(-1)).toMatchObject({ method: 'PUT', path: lockPath });
    expect(cluster.watches()).toBe(0);
    expect(process.clock.sleeping).toBe(0);
  });

  test('goes on from the token that is stored, without a list', async () => {
    const cluster = await startCluster({ events: [event(50)], objects: { [tokenPath]: storedToken } });
    const process = start(cluster.environment);
    await watching(process, cluster);
    const queries = cluster.asked('GET', '/api/v1/events').map(({ query }) => query);
    expect(queries).toEqual([expect.objectContaining({ watch: 'true', resourceVersion: '90' })]);
    expect(process.output()).toBe('');
  });

  test('shows on its pages that it leads, and how far it has come', async () => {
    const cluster = await startCluster({ events: [event(50)] });
    const process = start({ ...cluster.environment, ...pod });
    await watching(process, cluster);
    await settledIn(cluster, process);
    const identity = 'collector-a_0a1b2c3d_0a1b2c3d';
    expect(await process.status()).toMatchObject({
      identity,
      role: 'leader',
      holder: identity,
      term: 1,
      token: { position: cluster.token()?.data?.['event.tokenKey'], history: 0 },
      window: { bytes: 0, records: 0, full: false },
      sinks: [{ name: 'stdout', required: true, state: 'ok', delivered: 1 }],
      warnings: [],
    });
    expect(await process.page('/readyz')).toEqual({ status: 200, body: 'ok: the lock was seen\n' });
    expect(await process.page('/livez')).toMatchObject({ status: 200 });
    const { body } = await process.page('/metrics');
    expect(body).toContain('\nleader_election_master_status{name="datadog-leader-election"} 1\n');
    expect(body).toContain('\neventbaton_term 1\n');
    expect(body).toContain('\neventbaton_events_delivered_total{sink="stdout"} 1\n');
    expect(body).toContain('\nprocess_resident_memory_bytes 60000000\n');
  });

  test('follows while another leads: ready, reading no Events, and telling whom it follows', async () => {
    const cluster = await startCluster({ events: [event(50)], objects: { [lockPath]: foreignLock } });
    const process = start(cluster.environment);
    await process.until(() => process.logged('following') !== undefined);
    // Its watch of the lock is a real request: the clock stands still until it is accepted.
    const accepted = async () => /^rest_client_requests_total\{.*\} 2$/m.test((await process.page('/metrics')).body);
    await until('the watch', async () => (await accepted()) || undefined);
    await process.clock.pass(30_000);
    expect(await process.status()).toMatchObject({ role: 'candidate', holder: 'collector-b_9f8e7d6c_22222222' });
    expect(await process.page('/readyz')).toMatchObject({ status: 200 });
    expect((await process.page('/metrics')).body).not.toContain('eventbaton_term ');
    expect(cluster.api.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET ${lockPath}`,
      `GET ${lockPath.slice(0, lockPath.lastIndexOf('/'))}`,
    ]);
    process.stop.abort();
    expect(await process.exitCode).toBe(0);
    expect(cluster.lock()).toEqual(foreignLock);
  });

  test('is not ready before it has seen the lock', async () => {
    const cluster = await startCluster();
    cluster.api.server.removeAllListeners('request');
    const process = start(cluster.environment);
    await process.until(() => process.logged('connecting') !== undefined);
    expect(await process.page('/readyz')).toEqual({ status: 503, body: 'failed: the lock was not seen yet\n' });
    expect(await process.status()).toMatchObject({ role: 'candidate' });
  });

  test('takes over in a new term when the other is silent for the whole of its lease', async () => {
    const cluster = await startCluster({ objects: { [lockPath]: foreignLock } });
    const process = start(cluster.environment);
    await process.until(() => process.logged('following') !== undefined);
    await process.clock.pass(60_000);
    await watching(process, cluster);
    expect(cluster.lock()?.spec).toMatchObject({ leaseTransitions: 5 });
    expect(await process.status()).toMatchObject({ role: 'leader', term: 5 });
  });
});

describe('its settings', () => {
  const electionAlone = { DD_COLLECT_KUBERNETES_EVENTS: 'false', DD_LEADER_ELECTION: 'true' };

  test('decide lock, token, namespaces and times', async () => {
    const cluster = await startCluster();
    const process = start({
      ...cluster.environment,
      ...pod,
      DD_LEADER_LEASE_NAME: 'the-lock',
      DD_LEADER_LEASE_DURATION: '45',
      DD_CLUSTER_AGENT_TOKEN_NAME: 'the-token',
      DD_KUBE_RESOURCES_NAMESPACE: 'observability',
      EVENTBATON_NAMESPACE: 'shop',
      EVENTBATON_EVENT_TTL: '7200',
      EVENTBATON_START_FROM: 'now',
    });
    await watching(process, cluster);
    const lock = cluster.objects.get('/apis/coordination.k8s.io/v1/namespaces/observability/leases/the-lock');
    expect(lock?.spec).toMatchObject({ leaseDurationSeconds: 45, holderIdentity: 'collector-a_0a1b2c3d_0a1b2c3d' });
    expect(cluster.objects.has('/api/v1/namespaces/observability/configmaps/the-token')).toBe(true);
    expect(cluster.asked('GET', '/api/v1/events')).toEqual([]);
    const [probe, watch, ...others] = cluster.asked('GET', '/api/v1/namespaces/shop/events');
    expect(probe?.query).toEqual({ fieldSelector: 'metadata.name=PROBE' });
    expect(watch?.query).toMatchObject({ watch: 'true', timeoutSeconds: '900' });
    expect(others).toEqual([]);
  });

  test('renew the lock every quarter of the lease, and write the token as often as the interval says', async () => {
    const cluster = await startCluster({ events: [event(50)] });
    const process = start({ ...cluster.environment, EVENTBATON_CHECKPOINT_INTERVAL: '12' });
    await watching(process, cluster);
    await settledIn(cluster, process);
    const writes = (path: string) => cluster.asked('PUT', path).length;
    const before = { token: writes(tokenPath), lock: writes(lockPath) };

    cluster.happens(event(200));
    await process.until(() => process.output().includes('uid-200.200'));
    await process.clock.pass(10_000);
    expect(writes(tokenPath)).toBe(before.token);
    await process.clock.pass(2_000);
    await process.until(() => writes(tokenPath) > before.token);
    expect(cluster.token()?.data?.['event.tokenKey']).toBe('200');

    await process.clock.pass(3_000);
    await process.until(() => writes(lockPath) > before.lock);
    expect(writes(lockPath)).toBe(before.lock + 1);
  });

  test('may ask for election alone: somebody leads, and asks for nothing but the locks', async () => {
    const cluster = await startCluster({ events: [event(50)] });
    const process = start({ ...cluster.environment, ...electionAlone });
    await process.until(() => process.logged('leading: term 1 (no leader yet)') !== undefined);
    expect(await process.status()).toMatchObject({ role: 'leader', term: 1 });
    const own = new Set([lockPath, lockPath.slice(0, lockPath.lastIndexOf('/'))]);
    const others = () => cluster.api.requests.filter(({ path }) => !own.has(path));
    // Once before it takes its lock, and once after.
    await process.until(() => others().length === 4);
    process.stop.abort();
    expect(await process.exitCode).toBe(0);
    expect(new Set(others().map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set([
        'GET /api/v1/namespaces/monitoring/configmaps/datadog-leader-election',
        'GET /api/v1/namespaces/monitoring/endpoints/datadog-leader-election',
      ]),
    );
    expect(cluster.lock()?.spec).toMatchObject({ holderIdentity: '' });
    expect(process.output()).toBe('');
  });

  test('may ask for election alone: who loses the lock follows again', async () => {
    const cluster = await startCluster();
    const process = start({ ...cluster.environment, ...electionAlone });
    await process.until(() => process.logged('leading: term 1 (no leader yet)') !== undefined);
    cluster.write(lockPath, foreignLock);
    await process.clock.pass(15_000);
    await process.until(() => process.logged('no longer leading: term 1') !== undefined);
    await process.until(() => process.logged('following') !== undefined);
    expect(await process.status()).toMatchObject({ role: 'candidate', holder: 'collector-b_9f8e7d6c_22222222' });
  });

  test('may fix the health port: only then the lock names it, for a restarted process to know that the old one is gone', async () => {
    const [anyPort, fixedPort] = [await startCluster(), await startCluster()];
    const first = start({ ...anyPort.environment, ...pod });
    await watching(first, anyPort);
    expect(anyPort.lock()?.metadata?.annotations).not.toHaveProperty('eventbaton.io/health-port');
    first.stop.abort();
    await first.exitCode;

    const port = String(first.healthPort());
    const second = start({ ...fixedPort.environment, ...pod, DD_HEALTH_PORT: port });
    await watching(second, fixedPort);
    expect(fixedPort.lock()?.metadata?.annotations).toMatchObject({ 'eventbaton.io/health-port': port });
  });

  test('may be without a pod: the host name stands in', async () => {
    const cluster = await startCluster();
    const process = start(cluster.environment);
    await watching(process, cluster);
    expect(cluster.lock()?.spec).toMatchObject({ holderIdentity: 'host-1__0a1b2c3d' });
  });

  test('name the program, its version and the process to the API server', async () => {
    const cluster = await startCluster();
    const process = start(cluster.environment);
    await watching(process, cluster);
    const agents = new Set(cluster.api.requests.map(({ headers }) => headers['user-agent']));
    expect([...agents]).toEqual([expect.stringMatching(/^eventbaton\/[0-9.]+ \(host-1__0a1b2c3d\)$/)]);
  });
});

describe('its sinks', () => {
  test('each get everything, under their names, in batches as large as they are set', async () => {
    const path = join(temporaryFolder(), 'events.jsonl');
    const cluster = await startCluster({ events: range(1, 30).map(event) });
    const sinks = [{ type: 'stdout' }, { type: 'file', name: 'archive', path, batch: { records: 1 } }];
    const process = start({ ...cluster.environment, EVENTBATON_SINKS: JSON.stringify(sinks) });
    await settledIn(cluster, process);
    expect(await requests(process, 'archive', 'accepted')).toBe(30);
    expect(await requests(process, 'stdout', 'accepted')).toBeLessThan(30);
    process.stop.abort();
    expect(await process.exitCode).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(process.output());
    expect(idsIn(process.output())).toEqual(range(1, 30).map((version) => `uid-${version}.${version}`));
  });

  test('are tried again at the pace that they are set to, in seconds', async () => {
    const cluster = await startCluster({ events: [event(50)] });
    const stdout = new Writable({ write: (_piece, _encoding, done) => done(systemError('EAGAIN')) });
    const sinks = [{ type: 'stdout', retry: { initial: 4, maximum: 8 } }];
    const process = start({ ...cluster.environment, EVENTBATON_SINKS: JSON.stringify(sinks) }, { stdout });
    await process.until(() => process.logged('sink stdout did not accept: trying again') !== undefined);
    const counts = [];
    for (const ms of [1_900, 200, 3_700, 300, 3_700, 300]) {
      await process.clock.pass(ms);
      counts.push(await requests(process, 'stdout', 'retry'));
    }
    expect(counts).toEqual([1, 2, 2, 3, 3, 4]);
  });

  test('open their files anew at a hang-up', async () => {
    const path = join(temporaryFolder(), 'events.jsonl');
    const cluster = await startCluster({ events: [event(50)] });
    const process = start({ ...cluster.environment, EVENTBATON_SINKS: JSON.stringify([{ type: 'file', path }]) });
    await watching(process, cluster);
    await settledIn(cluster, process);
    renameSync(path, `${path}.1`);
    process.hangUp();
    cluster.happens(event(200));
    await process.until(() => deliveredTo(path).length > 0);
    expect(deliveredTo(`${path}.1`)).toEqual(['uid-50.50']);
    expect(deliveredTo(path)).toEqual(['uid-200.200']);
  });

  test('that do not answer hold a stop up for the drain timeout, with the lock held; the process ends with 1', async () => {
    const cluster = await startCluster({ events: [{ ...event(50), message: 'm'.repeat(70_000) }] });
    const stdout = new Writable({ write: () => undefined });
    const limits = { EVENTBATON_DRAIN_TIMEOUT: '3', EVENTBATON_WINDOW_BYTES: '65536' };
    const process = start({ ...cluster.environment, ...limits }, { stdout });
    await process.until(() => process.logged('listed') !== undefined);
    expect(await process.status()).toMatchObject({
      window: { records: 1, full: true },
      warnings: [expect.stringMatching(/^reading is paused /)],
    });
    process.stop.abort();
    await process.clock.pass(2_999);
    expect(cluster.lock()?.spec).toMatchObject({ holderIdentity: 'host-1__0a1b2c3d' });
    await process.clock.pass(1);
    expect(await process.exitCode).toBe(1);
    expect(process.logged('open requests were given up: the next leader sends them again')).toBeDefined();
    expect(cluster.token()?.data?.['event.tokenKey']).toBe('0');
    expect(cluster.lock()?.spec).toMatchObject({ holderIdentity: '' });
  });

  test('that have answered end with 1 all the same if the lock could not be released', async () => {
    const cluster = await startCluster({ events: [event(50)] });
    const process = start(cluster.environment);
    await process.until(() => process.logged('listed') !== undefined);
    const [answering] = cluster.api.server.rawListeners('request') as ((...given: unknown[]) => void)[];
    cluster.api.server.removeAllListeners('request');
    cluster.api.server.on('request', (request, response) => {
      const isOfLock = request.method === 'PUT' && request.url?.startsWith(lockPath);
      if (isOfLock === true) response.writeHead(403).end('{"message":"not you"}');
      else answering?.(request, response);
    });
    process.stop.abort();
    await process.until(
      () => process.logged('lock not released: the others wait for the rest of the lease') !== undefined,
    );
    expect(await process.exitCode).toBe(1);
  });

  test('a stop after a term that lapsed, with the lock still in our name: the process ends with 1', async () => {
    const cluster = await startCluster({ events: [event(50)] });
    const process = start(cluster.environment);
    await watching(process, cluster);
    cluster.refuse(({ method, path }) => (method === 'PUT' && path === lockPath ? 500 : undefined));
    await process.clock.pass(40_000);
    await process.until(() => process.logged('no longer leading: term 1') !== undefined);
    process.stop.abort();
    expect(await process.exitCode).toBe(1);
    expect(
      process.logged('the lock still names this process: the others wait for the rest of the lease'),
    ).toMatchObject({ seconds: expect.any(Number) });
    expect(cluster.lock()?.spec).toMatchObject({ holderIdentity: 'host-1__0a1b2c3d' });
  });

  test('a term that ends while the last token is being written: the process ends with 1', async () => {
    const cluster = await startCluster({ events: [event(50)] });
    const process = start({ ...cluster.environment, EVENTBATON_CHECKPOINT_INTERVAL: '15' });
    await watching(process, cluster);
    await settledIn(cluster, process);
    await process.clock.pass(11_000);
    cluster.happens(event(200));
    await process.until(() => process.output().includes('uid-200.200'));
    const [answering] = cluster.api.server.rawListeners('request') as ((...given: unknown[]) => void)[];
    cluster.api.server.removeAllListeners('request');
    cluster.api.server.on('request', (request, response) => {
      if (request.method !== 'PUT' || request.url?.startsWith(tokenPath) !== true) answering?.(request, response);
    });
    cluster.write(lockPath, foreignLock);
    process.stop.abort();
    await process.clock.pass(4_500);
    expect(await process.exitCode).toBe(1);
    expect(process.logged('no longer leading: term 1')).toBeDefined();
    expect(process.logged('open requests were given up: the next leader sends them again')).toBeUndefined();
    expect(process.logged('lock not released: the others wait for the rest of the lease')).toBeUndefined();
  });

  test('that cannot deliver are shown, with what to do, and take nobody out of service', async () => {
    const cluster = await startCluster({ events: [event(50)] });
    const path = join(temporaryFolder(), 'missing', 'events.jsonl');
    const process = start({ ...cluster.environment, EVENTBATON_SINKS: JSON.stringify([{ type: 'file', path }]) });
    await watching(process, cluster);
    await process.until(() => process.logged('sink file cannot deliver until something is changed') !== undefined);
    const status = await process.status();
    expect(status).toMatchObject({
      window: { records: 1 },
      token: { position: '0' },
      sinks: [{ name: 'file', state: 'misconfigured', lastError: expect.stringContaining('mount or create it') }],
      warnings: [expect.stringMatching(/^sink file is misconfigured since .*: cannot write/)],
    });
    expect(await process.page('/readyz')).toMatchObject({ status: 200 });
    expect((await process.page('/metrics')).body).toContain('\neventbaton_sink_misconfigured{sink="file"} 1\n');

    process.stop.abort();
    expect(await process.exitCode).toBe(0);
    expect(cluster.token()?.data?.['event.tokenKey']).toBe('0');
  });
});

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

async function requests(process: Running, sink: string, result: string): Promise<number> {
  const { body } = await process.page('/metrics');
  const sample = `eventbaton_sink_requests_total{sink="${sink}",result="${result}"} `;
  const line = body.split('\n').find((each) => each.startsWith(sample));
  return Number(line?.slice(sample.length) ?? 0);
}

/** The ids in the whole lines of a file; none where there is none. */
function deliveredTo(path: string): readonly string[] {
  try {
    const text = readFileSync(path, 'utf8');
    return idsIn(text.slice(0, text.lastIndexOf('\n') + 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
