import { setTimeout as delay } from 'node:timers/promises';
import type { Benchmark } from './benchmark.ts';
import type { Figure } from './figure.ts';
import { measureLevels, sharesOf } from './shares.ts';
import type { Stand } from './stand.ts';
import { median } from './statistics.ts';

const followers = 4;
const settleMs = 60_000;
const mebibyte = 1_048_576;

export const memory: Benchmark = {
  name: 'memory',
  title: `a leader and ${followers} followers without work, after ${settleMs / 1_000} s; and what each part adds`,
  limitSeconds: 100,
  run: measure,
};

async function measure(stand: Stand): Promise<readonly Figure[]> {
  const installation = await stand.install({ namespace: 'memory' });
  await installation.addPods(followers + 1);
  const leader = await installation.leader();
  const settled = delay(settleMs);
  const levels = await measureLevels(stand.progress);
  await settled;
  const leading = await leader.memory();
  const idle = await Promise.all(installation.pods.filter((pod) => pod !== leader).map((pod) => pod.memory()));
  const resident = idle.map((used) => used.resident / mebibyte);
  const anonymous = idle.map((used) => used.anonymous / mebibyte);
  const following = { name: 'following, settled', resident: median(resident), anonymous: median(anonymous) };
  return [
    { name: 'idle follower: RSS', unit: 'MiB', values: resident, goal: 65, floor: 61 },
    { name: 'idle follower: anonymous', unit: 'MiB', values: anonymous, goal: 25, floor: 15.7 },
    { name: 'idle leader: RSS', unit: 'MiB', values: [leading.resident / mebibyte] },
    { name: 'idle leader: anonymous', unit: 'MiB', values: [leading.anonymous / mebibyte] },
    ...sharesOf([...levels, following]),
  ];
}
