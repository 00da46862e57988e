import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { status, type StatusOptions } from '../../../runtime/src/cli/status.ts';
import type { Environment } from '../../../runtime/src/contract/read-settings.ts';
import type { Clock } from '../../../runtime/src/support/clock.ts';
import { freePort } from '../../../tools/cluster/server.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { answer, startApi } from '../kube/api-server.ts';
import { lockPath, startCluster, type StoredObject, type TestCluster, tokenPath } from './cluster.ts';

interface Shown {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
  /** How long it took, in milliseconds of its own clock. */
  readonly took: number;
}

interface ShowOptions extends Partial<StatusOptions> {
  /** What happens between two looks. */
  readonly meanwhile?: (now: number) => void;
}

/** Runs the command to its end. Its time passes only while it waits between two looks: no request is ever late. */
async function show(environment: Environment, { meanwhile, ...options }: ShowOptions = {}): Promise<Shown> {
  const passing = manualClock();
  const clock: Clock = {
    now: () => passing.now(),
    wallTime: () => passing.wallTime(),
    sleep(ms, signal) {
      const slept = passing.sleep(ms, signal);
      if (ms === 1_000) {
        passing.advance(ms);
        meanwhile?.(passing.now());
      }
      return slept;
    },
  };
  const stdout = new PassThrough();
  let output = '';
  stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  let errors = '';
  const surroundings = {
    environment: { EVENTBATON_SERVICE_ACCOUNT_DIR: '/nonexistent', ...environment },
    settingsFiles: [],
    hostName: 'host-1',
    nonce: '0a1b2c3d',
    clock,
    random: () => 0.5,
    stdout,
    logLine: (line: string) => {
      errors += line;
    },
    logFormat: 'text' as const,
    usage: () => ({ cpuSeconds: 0, residentBytes: 0, logLinesDropped: 0 }),
    stop: new AbortController().signal,
    onHangUp: () => undefined,
  };
  const code = await status(surroundings, { json: false, expectLeader: false, ...options });
  return { code, output, errors, took: passing.now() };
}

/** Somebody who answers on the health port. */
async function answering(body: unknown, code = 200): Promise<Environment> {
  const { port } = await startApi((_request, response) => answer(response, code, body));
  return { DD_HEALTH_PORT: String(port) };
}

const leader = {
  version: '1.2.3',
  identity: 'collector-a_0a1b2c3d_11111111',
  role: 'leader',
  holder: 'collector-a_0a1b2c3d_11111111',
  term: 7,
  token: { position: '182731', history: 0, asOf: '2030-01-01T00:00:00.000Z', ageSeconds: 2.4 },
  window: { bytes: 123_456, records: 1_204, full: false },
  sinks: [
    { name: 'stdout', required: true, state: 'ok', delivered: 1_234_567 },
    { name: 'archive', required: false, state: 'retrying', delivered: 3, lastError: 'ENOSPC' },
  ],
  warnings: ['sink archive is retrying: ENOSPC'],
};

describe('the status of a collector that answers', () => {
  test('is shown in a few lines', async () => {
    const { code, output, errors } = await show(await answering(leader));
    expect([code, errors]).toEqual([0, '']);
    expect(output).toBe(
      [
        'eventbaton 1.2.3, collector-a_0a1b2c3d_11111111',
        '',
        'role      leader',
        'holder    collector-a_0a1b2c3d_11111111, this one',
        'term      7',
        'token     182731, 2.4 s old (2030-01-01T00:00:00.000Z)',
        'window    1 204 records, 123 456 bytes',
        'sinks     stdout   ok, 1 234 567 delivered',
        '          archive  retrying, 3 delivered, best effort  ENOSPC',
        'warnings  sink archive is retrying: ENOSPC',
        '',
      ].join('\n'),
    );
  });

  test('says how long there is left, while a required sink or the window holds things up and no longer', async () => {
    const failing = {
      name: 'stdout',
      required: true,
      state: 'retrying',
      delivered: 5,
      failingSince: '2030-01-01T00:00:00.000Z',
    };
    const shown = async (part: object) =>
      (await show(await answering({ ...leader, secondsToLoss: 2_400, ...part }))).output;
    const held = await shown({ sinks: [failing] });
    expect(held).toContain('at risk   Events may expire undelivered in 40 min\n');
    expect(held).toContain('sinks     stdout  retrying since 2030-01-01T00:00:00.000Z, 5 delivered\n');
    expect(await shown({ window: { ...leader.window, full: true } })).toContain('at risk ');
    expect(await shown({})).not.toContain('at risk ');
  });

  test('of a candidate names whom it follows', async () => {
    const { output } = await show(
      await answering({ ...leader, role: 'candidate', holder: 'collector-b', sinks: [], warnings: [] }),
    );
    expect(output).toContain('role      candidate: it follows the lock\nholder    collector-b\n');
    expect(output).toContain('warnings  none\n');
  });

  test('is printed as it came with --json, members of a later version included', async () => {
    const later = { ...leader, later: { a: [1] } };
    const { output } = await show(await answering(later), { json: true });
    expect(JSON.parse(output)).toEqual(later);
  });

  test.each([false, true])('does nothing to a terminal, whoever answers (--json: %s)', async (json) => {
    const hostile = `\u001b[31m\u009b2J\u2028\u202e\n\r\u007f`;
    const body = { ...leader, identity: hostile, holder: hostile, warnings: [hostile], [hostile]: hostile };
    const { output } = await show(await answering(body), { json });
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
    if (json) expect(JSON.parse(output)).toEqual(body);
    else expect(output.split('\n')).toHaveLength(11);
  });

  test.each([
    [{ status: 'fine' }, 200],
    ['fine', 200],
    [[], 200],
    [{ ...leader, role: 'king' }, 200],
    [{ ...leader, sinks: [{ name: 1 }] }, 200],
  ])('is not that of a stranger, such as one that answers %j', async (body, code) => {
    const { errors, code: exit } = await show(await answering(body, code));
    expect(exit).toBe(1);
    expect(errors).toContain('is no collector');
  });
});

const lockHeldBy = (holderIdentity: string, renewTime = '2030-01-01T00:00:00.000000Z'): StoredObject => ({
  metadata: {
    name: 'datadog-leader-election',
    namespace: 'monitoring',
    uid: 'lock-1',
    resourceVersion: '7',
    annotations: { 'eventbaton.io/token': '{"position":"95","history":0,"asOf":"2030-01-01T00:00:00.000Z"}' },
  },
  spec: { holderIdentity, leaseDurationSeconds: holderIdentity === '' ? 1 : 90, leaseTransitions: 4, renewTime },
});

const storedToken: StoredObject = {
  metadata: { name: 'datadogtoken', namespace: 'monitoring', uid: 'token-1', resourceVersion: '8' },
  data: { 'event.tokenKey': '90' },
};

/** A cluster, and an environment from which no collector but that cluster answers. */
async function clusterAlone(
  objects: Readonly<Record<string, StoredObject>> = {},
): Promise<{ cluster: TestCluster; environment: Environment }> {
  const cluster = await startCluster({ objects });
  const { KUBECONFIG } = cluster.environment;
  return { cluster, environment: { KUBECONFIG, DD_HEALTH_PORT: String(await freePort()) } };
}

describe('where no collector answers', () => {
  test('lock and token are read from the API, with nothing but `get`, and shown', async () => {
    const { cluster, environment } = await clusterAlone({
      [lockPath]: lockHeldBy('collector-b'),
      [tokenPath]: storedToken,
    });
    const { code, output } = await show(environment);
    expect(code).toBe(0);
    expect(output).toMatch(/^no collector answers on port \d+: ECONNREFUSED\. What the cluster says:\n\n/);
    expect(output).toContain(
      'lock      leases "datadog-leader-election" in namespace "monitoring"\nholder    collector-b\nterm      4\n',
    );
    expect(output).toMatch(/\nrenewed {3}2030-01-01T00:00:00\.000000Z, for 90 s\ntoken {5}90/);
    expect(cluster.api.requests.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(
      [`GET ${lockPath}`, `GET ${tokenPath}`].toSorted(),
    );
    expect(cluster.api.requests.every(({ query }) => query['watch'] === undefined)).toBe(true);
  });

  test('the furthest of the stored tokens counts, as for a leader', async () => {
    const { environment } = await clusterAlone({ [lockPath]: lockHeldBy('collector-b') });
    const { output } = await show(environment, { json: true });
    expect(JSON.parse(output)).toEqual({
      collector: expect.stringMatching(/ECONNREFUSED$/),
      holder: 'collector-b',
      term: 4,
      renewTime: '2030-01-01T00:00:00.000000Z',
      leaseDurationSeconds: 90,
      token: { position: '95', history: 0, asOf: '2030-01-01T00:00:00.000Z', ageSeconds: expect.any(Number) },
    });
  });

  test('what is not there is said', async () => {
    const { environment } = await clusterAlone();
    expect((await show(environment)).output).toContain(
      'lock      leases "datadog-leader-election" in namespace "monitoring": there is none\ntoken     configmaps "datadogtoken" in namespace "monitoring": nothing is stored yet\n',
    );
    const released = await clusterAlone({ [lockPath]: lockHeldBy('') });
    expect((await show(released.environment)).output).toContain('holder    nobody: it was released\n');
  });

  test('names, namespace and kind of lock are those of the settings', async () => {
    const { cluster, environment } = await clusterAlone();
    const settings = {
      DD_LEADER_LEASE_NAME: 'the-lock',
      DD_CLUSTER_AGENT_TOKEN_NAME: 'the-token',
      DD_KUBE_RESOURCES_NAMESPACE: 'there',
      DD_LEADER_ELECTION_DEFAULT_RESOURCE: 'endpoints',
    };
    await show({ ...environment, ...settings });
    expect(cluster.api.requests.map(({ path }) => path).toSorted()).toEqual([
      '/api/v1/namespaces/there/configmaps/the-token',
      '/api/v1/namespaces/there/endpoints/the-lock',
    ]);
  });

  test('and no API server either, it ends with 1 and says what was tried', async () => {
    const environment = { DD_HEALTH_PORT: String(await freePort()), KUBECONFIG: '/nonexistent/kubeconfig' };
    const { code, output, errors } = await show(environment);
    expect([code, output]).toEqual([1, '']);
    expect(errors).toMatch(
      /^no collector answers on port \d+: ECONNREFUSED; no way to reach an API server was found; tried .*: run in a pod/,
    );
  });

  test('what is forbidden is named with the rule that is missing', async () => {
    const { cluster, environment } = await clusterAlone();
    cluster.api.server.removeAllListeners('request');
    cluster.api.server.on('request', (_request, response) =>
      answer(response, 403, { kind: 'Status', code: 403, message: 'no' }),
    );
    const { code, errors } = await show(environment, { expectLeader: true });
    expect(code).toBe(1);
    expect(errors).toMatch(/allow `get` on `(?:leases|configmaps)` .* in a Role in namespace "monitoring"/);
  });
});

describe('with --expect leader', () => {
  const expectLeader = true;

  test('a collector that leads, or that follows somebody, is proof at once', async () => {
    for (const role of ['leader', 'candidate']) {
      const { code, took } = await show(await answering({ ...leader, role }), { expectLeader });
      expect([code, took]).toEqual([0, 0]);
    }
  });

  test('a collector that follows nobody is asked until one lease is over; then nobody leads', async () => {
    const { holder: _, ...nobody } = leader;
    const environment = { ...(await answering({ ...nobody, role: 'candidate' })), DD_LEADER_LEASE_DURATION: '45' };
    const { code, errors, output, took } = await show(environment, { expectLeader });
    expect([code, errors]).toEqual([1, 'nobody leads\n']);
    expect(output).toContain('holder    nobody');
    expect(took).toBe(45_000);
  });

  test('a lock that names somebody is no proof: only that it is renewed is', async () => {
    const { cluster, environment } = await clusterAlone({ [lockPath]: lockHeldBy('collector-b') });
    const renewed = { ...lockHeldBy('collector-b', '2030-01-01T00:00:15.000000Z') };
    let renewals = 0;
    const { code, took } = await show(environment, {
      expectLeader,
      meanwhile(now) {
        if (now < 12_000 || renewals > 0) return;
        renewals += 1;
        cluster.write(lockPath, renewed);
      },
    });
    expect([code, took]).toEqual([0, 12_000]);
  });

  test('a lock that names somebody for the whole of its lease without a renewal names nobody who leads', async () => {
    const { environment } = await clusterAlone({ [lockPath]: lockHeldBy('collector-b') });
    const { code, errors, took } = await show(environment, { expectLeader });
    expect([code, errors]).toEqual([1, 'nobody leads\n']);
    expect(took).toBe(90_000);
  });

  test('a lock that is made, or taken after a release, while it looks on is proof', async () => {
    const lockless: Readonly<Record<string, StoredObject>> = {};
    for (const before of [lockless, { [lockPath]: lockHeldBy('') }]) {
      const { cluster, environment } = await clusterAlone(before);
      let taken = false;
      const { code } = await show(environment, {
        expectLeader,
        meanwhile(now) {
          if (now < 5_000 || taken) return;
          taken = true;
          cluster.write(lockPath, lockHeldBy('collector-c'));
        },
      });
      expect(code).toBe(0);
    }
  });

  test('an API server that fails for a while is asked again', async () => {
    const { cluster, environment } = await clusterAlone({ [lockPath]: lockHeldBy('collector-b') });
    const [handler] = cluster.api.server.listeners('request') as [(...of: unknown[]) => void];
    cluster.api.server.removeAllListeners('request');
    cluster.api.server.on('request', (_request, response) => answer(response, 503, {}));
    let step = 0;
    const { code } = await show(environment, {
      expectLeader,
      meanwhile(now) {
        if (step === 0 && now > 5_000) {
          step = 1;
          cluster.api.server.removeAllListeners('request');
          cluster.api.server.on('request', handler);
        } else if (step === 1 && now > 15_000) {
          step = 2;
          cluster.write(lockPath, lockHeldBy('collector-b', '2030-01-01T00:00:15.000000Z'));
        }
      },
    });
    expect(code).toBe(0);
  });
});

test('settings that cannot be used end it with 78, one line each', async () => {
  const { code, output, errors } = await show({ DD_HEALTH_PORT: 'x', EVENTBATON_SINK: 'y' });
  expect([code, output]).toEqual([78, '']);
  expect(errors.trimEnd().split('\n')).toEqual([
    'EVENTBATON_SINK: there is no such setting; did you mean EVENTBATON_SINKS?',
    expect.stringMatching(/^DD_HEALTH_PORT: /),
  ]);
});

test('a collector that took any free port cannot be asked, and that is said', async () => {
  const { errors } = await show({ DD_HEALTH_PORT: '0', KUBECONFIG: '/nonexistent/kubeconfig' });
  expect(errors).toContain('health_port is 0');
});
