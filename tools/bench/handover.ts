import { setTimeout as delay } from 'node:timers/promises';
import { handOver } from '../trial/hand-over.ts';
import { Arrivals } from './arrivals.ts';
import { assertKept, type Stand } from './stand.ts';
import type { Benchmark } from './benchmark.ts';
import type { Figure } from './figure.ts';
import { longestPause } from './statistics.ts';

const rounds = 16;
const pace = { perSecond: 50, updateEvery: 5 };

/** Between two hand-overs: the stopped process comes back, and follows. */
const reignMs = 1_500;

export const handover: Benchmark = {
  name: 'handover',
  title: `${rounds} times SIGTERM to the leader of three, ${pace.perSecond} Events/s, lease 60 s`,
  limitSeconds: 70,
  run: measure,
};

async function measure(stand: Stand): Promise<readonly Figure[]> {
  const arrivals = new Arrivals();
  const installation = await stand.install({ namespace: 'handover', onRecord: arrivals.onRecord });
  await installation.addPods(3);
  await installation.leader();
  const workload = installation.workload();
  const writing = stand.write(workload, pace);
  const passes: { readonly from: string; readonly to: string; readonly firstAt: number }[] = [];
  const exits: number[] = [];
  const silences: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await delay(reignMs);
    const leader = await installation.leader();
    const from = leader.identity;
    const signalAt = performance.now();
    await leader.stop('SIGTERM');
    exits.push(performance.now() - signalAt);
    const first = await arrivals.firstOfAnother(leader, signalAt);
    await delay(200);
    silences.push(longestPause(arrivals.times, signalAt, first.at + 200) / 1_000);
    passes.push({ from, to: first.pod.identity, firstAt: performance.timeOrigin + first.at });
    await leader.start();
    stand.progress(`${round} of ${rounds}: silent for ${silences.at(-1)?.toFixed(2)} s`);
  }
  await writing.stop();
  assertKept('handover', await installation.settled([workload]));
  const audit = await stand.plane.requests();
  const passed = passes.map((pass) => ({ ...pass, ...handOver(audit, pass) }));
  return [
    {
      name: "release's PUT to the new watch",
      unit: 'ms',
      values: passed.map(({ milliseconds }) => milliseconds),
      goal: 250,
    },
    {
      name: '  of which the follower holds back on purpose',
      unit: 'ms',
      values: passed.map(({ heldBack }) => heldBack),
    },
    // etcd takes up watches that begin in the past every 100 ms: this is half of that on average, whoever watches.
    {
      name: 'new watch to the first Event',
      unit: 'ms',
      values: passed.map(({ firstAt, watchedAt }) => firstAt - watchedAt),
    },
    { name: 'silence at the sink', unit: 's', values: silences, floor: 0.18 },
    { name: 'SIGTERM to the end of the process', unit: 'ms', values: exits, floor: 30 },
  ];
}
