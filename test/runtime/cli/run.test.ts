import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHealthServer } from '../../../runtime/src/operations/health-server.ts';
import { event, startCluster } from './cluster.ts';
import { start, temporaryFolder } from './process.ts';

async function takenPort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('settings that cannot be used', () => {
  test('end the process with 78 and one line that names every problem, before anything is opened', async () => {
    const process = start({
      DD_LEADER_LEASE_DURATION: 'soon',
      DD_COLLECT_KUBERNETES_EVENTS: 'perhaps',
      EVENTBATON_WINDOW_BYTES: '1',
      EVENTBATON_SINKS: '[{"type":"file","path":"relative"}]',
      EVENTBATON_EVENT_TLT: '60',
    });
    expect(await process.exitCode).toBe(78);
    expect(process.log).toEqual([
      expect.objectContaining({
        level: 'error',
        message: 'settings cannot be used',
        problems: [
          expect.stringMatching(/^EVENTBATON_EVENT_TLT: .* did you mean EVENTBATON_EVENT_TTL\?$/),
          expect.stringMatching(/^DD_COLLECT_KUBERNETES_EVENTS: /),
          expect.stringMatching(/^DD_LEADER_LEASE_DURATION: /),
          expect.stringMatching(/^EVENTBATON_WINDOW_BYTES: /),
          expect.stringMatching(/^EVENTBATON_SINKS\.0\.path: /),
        ],
      }),
    ]);
    expect(process.output()).toBe('');
  });

  test('are those of the settings file too, in the same line', async () => {
    const file = join(temporaryFolder(), 'eventbaton.yaml');
    writeFileSync(file, 'window_bytes: none\nevent_tlt: 60\n');
    const process = start({ EVENTBATON_CONFIG: file, DD_LEADER_LEASE_DURATION: 'abc' });
    expect(await process.exitCode).toBe(78);
    expect(process.logged('settings cannot be used')?.['problems']).toEqual([
      `${file}:2: event_tlt: there is no such setting; did you mean event_ttl?`,
      expect.stringMatching(/^DD_LEADER_LEASE_DURATION: /),
      expect.stringContaining(`${file}:1: window_bytes: `),
    ]);
  });

  test('are also those that only the machine refuses: a health port that is taken, with what to do', async () => {
    const port = await takenPort();
    const process = start({ DD_HEALTH_PORT: String(port) });
    expect(await process.exitCode).toBe(78);
    expect(process.logged('settings cannot be used')?.['problems']).toEqual([
      expect.stringMatching(new RegExp(`^health_port ${port} cannot be bound: EADDRINUSE: set DD_HEALTH_PORT `)),
    ]);
    expect(process.output()).toBe('');
  });

  test('are also those that lead to no API server, and the health port is free again', async () => {
    const process = start({ DD_COLLECT_KUBERNETES_EVENTS: 'true', KUBECONFIG: '/nonexistent/kubeconfig' });
    expect(await process.exitCode).toBe(78);
    expect(process.logged('settings cannot be used')?.['problems']).toEqual([
      expect.stringMatching(/tried \/nonexistent\/token, \/nonexistent\/kubeconfig: .*DD_KUBERNETES_KUBECONFIG_PATH/),
    ]);
    const server = await startHealthServer(process.healthPort(), {
      live: () => ({ ok: true, reason: '' }),
      ready: () => ({ ok: true, reason: '' }),
      metrics: () => '',
      status: () => ({ version: '', identity: '', role: 'off', sinks: [], warnings: [] }),
    });
    await server.close();
  });
});

describe('with nothing switched on', () => {
  test('the process stays up, alive and ready, and says once how to switch on', async () => {
    const process = start({});
    await process.started();
    await process.clock.pass(3_650_000);
    expect(await process.page('/livez')).toMatchObject({ status: 200 });
    expect(await process.page('/readyz')).toEqual({ status: 200, body: 'ok: nothing is switched on\n' });
    expect(await process.status()).toMatchObject({ role: 'off', sinks: [{ name: 'stdout', state: 'ok' }] });
    expect(process.log.filter(({ message }) => message.includes('DD_COLLECT_KUBERNETES_EVENTS=true'))).toHaveLength(1);
    expect(process.log).toHaveLength(2);
  });

  test('a stop ends it with 0, nothing on standard output, and nothing left waiting', async () => {
    const process = start({});
    await process.started();
    process.stop.abort();
    expect(await process.exitCode).toBe(0);
    expect(process.output()).toBe('');
    expect(process.clock.sleeping).toBe(0);
  });
});

test('a warning about a setting is told at the start', async () => {
  const process = start({ DD_LEADER_LEASE_DURATION: '20' });
  await process.started();
  expect(process.log).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      message: expect.stringMatching(/^DD_LEADER_LEASE_DURATION is 20 s/),
    }),
  );
  expect(process.log.at(-1)?.message).toBe('started');
});

test('the first line names the node, the health port and where the settings came from', async () => {
  const file = join(temporaryFolder(), 'eventbaton.yaml');
  writeFileSync(file, 'log_level: info\n');
  const process = start({ EVENTBATON_NODE_NAME: 'worker-3', EVENTBATON_CONFIG: file });
  await process.started();
  expect(process.logged('started')).toMatchObject({ node: 'worker-3', settings: file });
  const bare = start({});
  await bare.started();
  expect(bare.logged('started')).toMatchObject({ settings: 'environment' });
  expect(bare.logged('started')).not.toHaveProperty('node');
});

test('only lines of the level that was asked for are written', async () => {
  const process = start({ EVENTBATON_LOG_LEVEL: 'error' });
  process.stop.abort();
  expect(await process.exitCode).toBe(0);
  expect(process.log).toEqual([]);
});

test('a defect ends the process with 1 and one line of log that says where it came from', async () => {
  const cluster = await startCluster({ events: [event(50)] });
  const stdout = new Writable({
    write() {
      throw new TypeError('a defect\nof the sink');
    },
  });
  const process = start(cluster.environment, { stdout });
  await process.until(() => process.logged('ended by a defect') !== undefined);
  expect(await process.exitCode).toBe(1);
  expect(process.log.at(-1)).toMatchObject({
    level: 'error',
    error: { message: 'a defect of the sink', stack: expect.stringContaining('run.test.ts') },
  });
  expect(cluster.lock()?.spec).toMatchObject({ leaseDurationSeconds: 60 });
});
