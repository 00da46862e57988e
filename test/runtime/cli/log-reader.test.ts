/** Processes whose output goes into a real pipe that nobody reads. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../../tools/cluster/server.ts';
import { until } from '../../../tools/trial/until.ts';
import { makePipe, type Pipe } from '../../support/pipe.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { event, startCluster } from './cluster.ts';

const main = join(import.meta.dirname, '../../../runtime/src/main.ts');

/**
 * An Agent's file with thousands of spellings of a setting that is not the Agent's. Each is worth a warning: more than the 64 KiB that a pipe
 * holds and the mebibyte that may wait for it.
 */
const talkative = {
  name: 'datadog.yaml',
  content: Array.from({ length: 10_000 }, (_, number) => `${spelling('checkpoint_interval', number)}: 5\n`).join(''),
};

/** Each number below a power of two of its letters has its own. */
function spelling(word: string, number: number): string {
  let rest = number;
  return word.replace(/[a-z]/g, (letter) => {
    const isCapital = rest % 2 === 1;
    rest = Math.floor(rest / 2);
    return isCapital ? letter.toUpperCase() : letter;
  });
}

/** A leader that has delivered the first event. */
async function startLeader(pipe: Pipe, settings: { readonly name: string; readonly content: string }) {
  const cluster = await startCluster({ events: [event(50)] });
  const file = join(temporaryFolder(), settings.name);
  writeFileSync(file, settings.content);
  const [healthPort = 0] = await freePorts(1);
  const child = spawn(process.execPath, [main, 'run'], {
    env: {
      ...cluster.environment,
      EVENTBATON_CONFIG: file,
      EVENTBATON_CHECKPOINT_INTERVAL: '0.01',
      EVENTBATON_SERVICE_ACCOUNT_DIR: '/nonexistent',
      DD_HEALTH_PORT: String(healthPort),
    },
    stdio: ['ignore', 'pipe', pipe.writeEnd],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const delivered: string[] = [];
  createInterface(child.stdout as Readable).on('line', (line) => delivered.push(JSON.parse(line).id));
  const delivery = (version: number) =>
    until(
      `delivery of ${version}`,
      () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${pipe.read()}`);
        return delivered.includes(`uid-${version}.${version}`) || undefined;
      },
      { limitMs: 60_000 },
    );
  await delivery(50);
  await until('the watch', () => cluster.watches() > 0 || undefined);
  return {
    async deliver(version: number) {
      cluster.happens(event(version));
      await delivery(version);
      await until(`token ${version}`, () => cluster.token()?.data?.['event.tokenKey'] === String(version) || undefined);
    },
    async droppedLines() {
      const body = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
      return Number(/^eventbaton_log_lines_dropped_total (\d+)$/m.exec(body)?.[1]);
    },
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Reads the log until it gives the number of dropped lines. */
async function noticeIn(pipe: Pipe): Promise<number> {
  let log = '';
  const notice = () => {
    log += pipe.read();
    return log.split('\n').find((line) => line.includes('lines of the log were dropped') && line.endsWith('}'));
  };
  return JSON.parse(await until('the notice', notice, { everyMs: 1, limitMs: 60_000 })).lines;
}

test('a log reader is stuck: delivery goes on, and a line gives the number of dropped lines once it reads', async () => {
  const pipe = makePipe();
  const leader = await startLeader(pipe, talkative);
  await leader.deliver(200);
  const dropped = await leader.droppedLines();
  expect(dropped).toBeGreaterThan(0);
  expect(await noticeIn(pipe)).toBeGreaterThanOrEqual(dropped);
  expect(await leader.stop()).toBe(0);
});

test('a log reader is still stuck when the collector is stopped: it ends with 0', async () => {
  const pipe = makePipe();
  const leader = await startLeader(pipe, talkative);
  expect(await leader.stop()).toBe(0);
});

test('a log reader leaves and another one comes: delivery goes on, and the new one learns what it missed', async () => {
  const pipe = makePipe();
  const leader = await startLeader(pipe, { name: 'eventbaton.yaml', content: 'log_level: debug\n' });
  pipe.closeReadEnd();
  await leader.deliver(200);
  await until('dropped lines', async () => (await leader.droppedLines()) > 0 || undefined);
  pipe.openReadEnd();
  await leader.deliver(201);
  expect(await noticeIn(pipe)).toBeGreaterThan(0);
  expect(await leader.stop()).toBe(0);
});

test('a reader of the status leaves before it is written: the command ends with its verdict and without a trace', async () => {
  const pipe = makePipe();
  pipe.closeReadEnd();
  const { environment } = await startCluster();
  const child = spawn(process.execPath, [main, 'status'], {
    env: { ...environment, EVENTBATON_SERVICE_ACCOUNT_DIR: '/nonexistent', DD_HEALTH_PORT: '1' },
    stdio: ['ignore', pipe.writeEnd, 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  expect(await text(child.stderr as Readable)).toBe('');
  expect(await ended).toEqual([0, null]);
});
