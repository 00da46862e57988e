/** A collector whose log nobody reads. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedControlPlane, startEmbeddedControlPlane } from '../../tools/cluster/embedded/control-plane.ts';
import { until } from '../../tools/trial/until.ts';
import { expectAccount } from '../support/account.ts';
import { install, startWorkload } from '../support/real.ts';

const clean = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };
/** The token is written, and the log gets a line of it, as often as anything moves. */
const talkative = { checkpointInterval: 0.002, logLevel: 'debug' } as const;
const pace = { perSecond: 100, updateEvery: 5 };
/** More than a pipe and its readers hold. */
const manyWrites = 1_500;

let plane: EmbeddedControlPlane;

beforeAll(async () => {
  plane = await startEmbeddedControlPlane();
});

afterAll(() => plane?.stop());

async function underLoad(namespace: string) {
  const installation = await install(plane, { namespace, settings: talkative });
  const pod = await installation.addPod();
  await installation.listed();
  const workload = installation.workload();
  const writing = startWorkload(workload, pace);
  const renewals = () => pod.metric('eventbaton_renewals_total', 'result="success"');
  const writes = () => pod.metric('eventbaton_token_writes_total', 'result="success"');
  return { installation, pod, workload, writing, renewals, writes };
}

test('a log whose reader is gone: delivery goes on, and the process ends in order', async () => {
  const { installation, pod, workload, writing } = await underLoad('closed-log');
  pod.closeLog();
  const { length } = workload.written;
  await until('200 more writes', () => workload.written.length > length + 200 || undefined);
  await writing.stop();
  expectAccount(await installation.settled([workload]), clean);
  expect(await pod.metric('eventbaton_log_lines_dropped_total')).toBeGreaterThan(0);
  expect(await pod.stop('SIGTERM')).toBe(0);
});

test('a log whose reader is stuck: delivery goes on, with bounded memory, and the process ends in order', async () => {
  const { installation, pod, workload, writing, writes } = await underLoad('stuck-log');
  pod.pauseLog();
  const before = await writes();
  await until('many lines of log', async () => (await writes()) > before + manyWrites || undefined);
  await writing.stop();
  expectAccount(await installation.settled([workload]), clean);
  expect(await pod.metric('leader_election_master_status')).toBe(1);
  expect(await pod.stop('SIGTERM')).toBe(0);
  pod.resumeLog();
});
