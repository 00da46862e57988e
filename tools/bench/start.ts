import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { AuditEntry } from '../cluster/audit-log.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import type { Pod } from '../trial/pod.ts';
import { named, requestsOf } from '../trial/requests.ts';
import { until } from '../trial/until.ts';
import type { Benchmark } from './benchmark.ts';
import type { Figure } from './figure.ts';
import { processorSeconds } from './processor.ts';
import type { Stand } from './stand.ts';

const rounds = 15;

/** Wall time with fractions of a millisecond: the audit log's clock. */
const wallTime = () => performance.timeOrigin + performance.now();

export const start: Benchmark = {
  name: 'start',
  title: `${rounds} starts of a follower, until its watch of the lock is accepted`,
  limitSeconds: 40,
  run: measure,
};

/** Times include the start of the shell that stands over the process, a few milliseconds. */
async function measure(stand: Stand): Promise<readonly Figure[]> {
  const installation = await stand.install({ namespace: 'start' });
  await installation.addPods(2);
  const leader = await installation.leader();
  const follower = installation.pods.find((pod) => pod !== leader) as Pod;
  const started: number[] = [];
  const processor: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await follower.stop('SIGTERM');
    bare.push(await bareNode());
    const startedAt = wallTime();
    await follower.start();
    const watch = await lockWatch(stand.plane, follower);
    processor.push((await processorSeconds(follower.pid)) * 1_000);
    started.push(watch.stageAt - startedAt);
    stand.progress(`${round} of ${rounds}: ${Math.round(watch.stageAt - startedAt)} ms`);
  }
  return [
    { name: 'process start to candidate', unit: 'ms', values: started, goal: 300 },
    { name: 'CPU time until then', unit: 'CPU ms', values: processor },
    { name: 'for comparison: Node starts and ends, with nothing to do', unit: 'ms', values: bare },
  ];
}

function lockWatch(plane: ControlPlane, { identity }: Pod): Promise<AuditEntry> {
  return until('a watch of the lock', async () =>
    requestsOf(await plane.requests(), identity).find((entry) => named(entry) === 'watch leases' && entry.code === 200),
  );
}

async function bareNode(): Promise<number> {
  const startedAt = performance.now();
  await promisify(execFile)(process.execPath, ['-e', '']);
  return performance.now() - startedAt;
}
