import { setTimeout as delay } from 'node:timers/promises';
import type { Installation } from '../trial/installation.ts';
import type { Pod } from '../trial/pod.ts';
import type { Workload } from '../trial/workload.ts';
import { Arrivals } from './arrivals.ts';
import type { Benchmark } from './benchmark.ts';
import type { Figure } from './figure.ts';
import { assertKept, type Stand } from './stand.ts';
import { longestPause } from './statistics.ts';

const leaseSeconds = 15;
const goneRounds = 3;
const restartRounds = 6;
const pace = { perSecond: 50, updateEvery: 5 };

/** A crash falls anywhere between two writes of the token: at the same distances in each run, so that runs can be compared. */
const tokenIntervalMs = 5_000;
const reignMs = (crashes: number) => tokenIntervalMs + 1_000 + ((crashes * 0.618) % 1) * tokenIntervalMs;

export const crash: Benchmark = {
  name: 'crash',
  title: `kill -9 of the leader of three, ${pace.perSecond} Events/s, lease ${leaseSeconds} s`,
  limitSeconds: 150,
  run: measure,
};

interface Crash {
  readonly leader: Pod;
  readonly killedAt: number;
}

async function measure(stand: Stand): Promise<readonly Figure[]> {
  const trial = await CrashTrial.begin(stand);
  const silences: number[] = [];
  const resumed: number[] = [];
  const duplicates: number[] = [];
  for (let round = 1; round <= goneRounds; round += 1) {
    const { leader, killedAt } = await trial.kill();
    const { at } = await trial.arrivals.firstOfAnother(leader, killedAt + 1_000);
    await delay(500);
    silences.push(longestPause(trial.arrivals.times, killedAt, at) / 1_000);
    duplicates.push(await trial.newDuplicates());
    await leader.start();
    stand.progress(`pod gone, ${round} of ${goneRounds}: silent for ${silences.at(-1)?.toFixed(1)} s`);
  }
  for (let round = 1; round <= restartRounds; round += 1) {
    const { leader } = await trial.kill();
    const restartedAt = performance.now();
    await leader.start();
    const { at } = await trial.arrivals.firstOf(leader, restartedAt);
    resumed.push(at - restartedAt);
    await delay(500);
    duplicates.push(await trial.newDuplicates());
    stand.progress(`pod restarted, ${round} of ${restartRounds}: delivers after ${Math.round(at - restartedAt)} ms`);
  }
  await trial.end();
  return [
    { name: 'pod gone: silence at the sink', unit: 's', values: silences, floor: 15.3 },
    { name: 'same pod: process start to first delivery', unit: 'ms', values: resumed },
    // The trial crashed once, at a moment of no known distance from its last token write: its 38 are no floor for a median.
    { name: 'sent again after a crash (the trial, once: 38)', unit: 'events', values: duplicates },
    { name: 'what no token covered at the crash', unit: 'events', values: trial.uncovered },
  ];
}

class CrashTrial {
  readonly arrivals: Arrivals;
  /** For each crash, how many had been delivered and were in no token. */
  readonly uncovered: number[] = [];
  readonly #installation: Installation;
  readonly #workload: Workload;
  readonly #stopWriting: () => Promise<void>;
  readonly #excused = new Set<string>();
  #duplicates = 0;

  constructor(installation: Installation, arrivals: Arrivals, workload: Workload, stopWriting: () => Promise<void>) {
    this.#installation = installation;
    this.arrivals = arrivals;
    this.#workload = workload;
    this.#stopWriting = stopWriting;
  }

  static async begin(stand: Stand): Promise<CrashTrial> {
    const arrivals = new Arrivals();
    const installation = await stand.install({
      namespace: 'crash',
      settings: { leaderLeaseDuration: leaseSeconds },
      onRecord: arrivals.onRecord,
    });
    await installation.addPods(3);
    await installation.leader();
    const workload = installation.workload();
    const writing = stand.write(workload, pace);
    return new CrashTrial(installation, arrivals, workload, () => writing.stop());
  }

  async kill(): Promise<Crash> {
    await delay(reignMs(this.uncovered.length));
    const leader = await this.#installation.leader();
    const killedAt = performance.now();
    await leader.stop('SIGKILL');
    const token = await this.#installation.storedPosition();
    const open = (await this.#installation.deliveries()).filter(
      (record) => 'event' in record && BigInt(record.event.resourceVersion) > token,
    );
    for (const { id } of open) this.#excused.add(id);
    this.uncovered.push(open.length);
    return { leader, killedAt };
  }

  /** How many came again since the last time that it was asked. */
  async newDuplicates(): Promise<number> {
    const before = this.#duplicates;
    this.#duplicates = (await this.#installation.account(this.#workload)).duplicated.length;
    return this.#duplicates - before;
  }

  async end(): Promise<void> {
    await this.#stopWriting();
    assertKept('crash', await this.#installation.settled([this.#workload]), this.#excused);
  }
}
