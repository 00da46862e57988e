import { setTimeout as delay } from 'node:timers/promises';
import { type Account, settleAccount } from '../trial/account.ts';
import type { Installation } from '../trial/installation.ts';
import { until } from '../trial/until.ts';
import { Workload } from '../trial/workload.ts';
import { Arrivals } from './arrivals.ts';
import type { Benchmark } from './benchmark.ts';
import type { Figure } from './figure.ts';
import { processorSeconds, startProcessorWatch } from './processor.ts';
import { assertKept, type Stand } from './stand.ts';
import { percentile } from './statistics.ts';
import { TimedClient } from './timed-client.ts';

const burst = 20_000;
const firstStarts = 3;
const steadySeconds = 60;
const perSecond = 50;
/** CPU time is told for as many writes as the floor was. */
const floorWrites = 3_000;
const mebibyte = 1_048_576;

/** As the floor was measured: one sink. */
const settings = { sinks: [{ type: 'stdout' as const }] };

export const throughput: Benchmark = {
  name: 'throughput',
  title: `${perSecond} Events/s for ${steadySeconds} s; ${burst} at once; ${burst} stored before the first start`,
  limitSeconds: 180,
  run: measure,
};

async function measure(stand: Stand): Promise<readonly Figure[]> {
  const arrivals = new Arrivals();
  const installation = await stand.install({ namespace: 'throughput', settings, onRecord: arrivals.onRecord });
  await installation.addPods(3);
  await installation.leader();
  const { url, ca, adminToken } = stand.plane;
  const client = new TimedClient({ url, ca, token: adminToken });
  try {
    const run: Run = { stand, installation, arrivals };
    const steady = await measureSteady(run, new Workload(client, installation.namespace, 'steady'), client);
    await stand.plane.admin.expect('DELETE', `/api/v1/namespaces/${installation.namespace}/events`);
    const workload = installation.workload();
    const atOnce = await measureBurst(run, workload);
    await Promise.all(installation.pods.map((pod) => pod.stop()));
    return [...steady, ...atOnce, ...(await measureFirstStarts(stand, workload))];
  } finally {
    client.close();
  }
}

interface Run {
  readonly stand: Stand;
  readonly installation: Installation;
  readonly arrivals: Arrivals;
}

async function measureSteady(run: Run, workload: Workload, client: TimedClient): Promise<readonly Figure[]> {
  const { stand, installation, arrivals } = run;
  const used = await startProcessorWatch(installation.pods.map(({ pid }) => pid));
  const writing = stand.write(workload, { perSecond, updateEvery: 5 });
  await delay(steadySeconds * 1_000);
  await writing.stop();
  assertKept('throughput', await allArrived(run, workload));
  const seconds = await used();
  const times = arrivals.all.flatMap(({ record, at }) => {
    const exchange = client.exchanges.get(record.id);
    return exchange === undefined ? [] : [{ ...exchange, at }];
  });
  const answers = times.map(({ sentAt, answeredAt }) => answeredAt - sentAt);
  const delays = times.map(({ answeredAt, at }) => at - answeredAt);
  stand.progress(`steady: ${workload.written.length} written, ${seconds.toFixed(2)} CPU s`);
  const scaled = (seconds / workload.written.length) * floorWrites;
  const what = `${perSecond}/s`;
  return [
    { name: `${what}: CPU for ${floorWrites} writes, three collectors`, unit: 'CPU s', values: [scaled], floor: 1.6 },
    { name: `${what}: API answer to sink, p50`, unit: 'ms', values: [percentile(delays, 0.5)], floor: 5 },
    { name: `${what}: API answer to sink, p99`, unit: 'ms', values: [percentile(delays, 0.99)], floor: 10 },
    { name: `${what}: for comparison, write to API answer, p50`, unit: 'ms', values: [percentile(answers, 0.5)] },
    { name: `${what}: for comparison, write to API answer, p99`, unit: 'ms', values: [percentile(answers, 0.99)] },
  ];
}

async function measureBurst(run: Run, workload: Workload): Promise<readonly Figure[]> {
  const { stand, installation } = run;
  const leader = await installation.leader();
  const used = await startProcessorWatch(installation.pods.map(({ pid }) => pid));
  stand.progress(`${burst} Events are written as fast as the API server takes them`);
  await workload.burst(burst);
  assertKept('throughput, at once', await allArrived(run, workload));
  const seconds = await used();
  const { peak } = await leader.memory();
  stand.progress(`burst: ${seconds.toFixed(2)} CPU s`);
  return [
    { name: `${burst} at once: CPU, three collectors`, unit: 'CPU s', values: [seconds], floor: 2.3 },
    { name: `${burst} at once: leader's peak RSS`, unit: 'MiB', values: [peak / mebibyte], floor: 75 },
  ];
}

/** Each time another installation, which knows of no token. */
async function measureFirstStarts(stand: Stand, { written }: Workload): Promise<readonly Figure[]> {
  const rates: number[] = [];
  const peaks: number[] = [];
  const durations: number[] = [];
  for (let round = 1; round <= firstStarts; round += 1) {
    const arrivals = new Arrivals();
    const onRecord = arrivals.onRecord;
    const installation = await stand.install({ namespace: `first-start-${round}`, settings, onRecord });
    const startedAt = performance.now();
    const pod = await installation.addPod();
    await until(`${written.length} Events`, () => arrivals.all.length >= written.length || undefined);
    rates.push(written.length / (await processorSeconds(pod.pid)));
    peaks.push((await pod.memory()).peak / mebibyte);
    durations.push(((arrivals.times.at(-1) ?? Number.NaN) - startedAt) / 1_000);
    await pod.stop();
    assertKept('throughput, first start', settleAccount(written, arrivals.records));
    stand.progress(`first start, ${round} of ${firstStarts}: all after ${durations.at(-1)?.toFixed(2)} s`);
  }
  const what = `${burst} stored, first start`;
  return [
    { name: `${what}: events per CPU second`, unit: 'events/CPU s', values: rates, better: 'more' },
    { name: `${what}: process start until all are delivered`, unit: 's', values: durations, floor: 1.5 },
    { name: `${what}: peak RSS`, unit: 'MiB', values: peaks, floor: 98 },
  ];
}

/** Waits for what one workload has written. @returns the account of it */
async function allArrived({ arrivals }: Run, { written, uncertain }: Workload): Promise<Account> {
  const uids = new Set(written.map(({ uid }) => uid));
  const own = () => arrivals.records.filter((record) => 'event' in record && uids.has(record.event.uid));
  await until(`${written.length} Events`, () => own().length >= written.length || undefined, { everyMs: 100 });
  return settleAccount(written, own(), uncertain);
}
