/** The demo from the first process to the account. */
import type { Workload } from '../trial/workload.ts';
import type { Handover } from './handover.ts';
import { LeftoverError } from './demo-error.ts';
import { Observer } from './observer.ts';
import { unlessAborted } from './patience.ts';
import { Play, type Repeatable } from './play.ts';
import type { Screen } from '../support/screen.ts';
import { setUp, type Stage, type StageOptions, type Undo } from './stage.ts';
import type { SinkAccount } from './verdict.ts';
import { settleAccount } from '../trial/account.ts';
import { settle as settleWhenIdle } from '../trial/settling.ts';

export interface Outcome {
  readonly controlPlane: string;
  readonly accounts: readonly SinkAccount[];
  readonly handovers: readonly Handover[];
}

const collectors = 3;
const pace = { perSecond: 50, updateEvery: 5 };

/** Plays it, and clears away whatever it started, also where it fails or is broken off. */
export async function runDemo(screen: Screen, options: StageOptions, signal: AbortSignal): Promise<Outcome> {
  const undos: Undo[] = [];
  try {
    const stage = await setUp(screen, options, signal, undos);
    const outcome = await perform(stage, screen, signal, undos);
    await clearAway(undos.splice(0));
    return outcome;
  } catch (error) {
    await clearAway(undos).catch((leftover: Error) => {
      throw new LeftoverError(`${(error as Error).message}\n${leftover.message}`);
    });
    throw error;
  }
}

/** What fails does not keep the rest from being cleared away. */
async function clearAway(undos: readonly Undo[]): Promise<void> {
  const failures: string[] = [];
  for (const undo of undos.toReversed()) await undo().catch((error: Error) => failures.push(error.message));
  if (failures.length > 0) throw new LeftoverError(`not everything could be cleared away: ${failures.join('; ')}`);
}

async function perform(stage: Stage, screen: Screen, stop: AbortSignal, undos: Undo[]): Promise<Outcome> {
  const { controlPlane, installation } = stage;
  for (let number = 0; number < collectors; number += 1) {
    stop.throwIfAborted();
    const { name, pid } = await installation.addPod();
    screen.say('process', `${name} runs, process ${pid}`);
  }

  const failure = new AbortController();
  const signal = AbortSignal.any([stop, failure.signal]);
  /** Goes on beside the play; its failure is the play's. */
  const inBackground = (work: (ending: AbortSignal) => Promise<void>): Undo => {
    const ending = new AbortController();
    const working = work(ending.signal).catch((error: unknown) => failure.abort(error));
    const end = async () => {
      ending.abort();
      await working;
    };
    undos.push(end);
    return end;
  };

  const workload = installation.workload();
  const observer = new Observer(stage, workload, screen);
  const play = new Play(stage, observer, screen, signal);
  const stopObserving = inBackground((ending) => observer.run(ending));
  await play.leader();
  const stopWriting = inBackground((ending) => workload.run(pace, ending));
  screen.say('writer', `${pace.perSecond} Events a second, every fifth an update of an earlier one`);

  screen.title('The leader reads the Events of the cluster and delivers them; the others wait');
  await play.quiet();
  const graceful = await play.handOver();
  await play.quiet();
  const { handover: crash, repeatable } = await play.crash();
  await play.quiet();

  screen.title('The end');
  await stopWriting();
  screen.say('writer', `stopped after ${workload.written.length} writes that the API server confirmed`);
  await unlessAborted(
    signal,
    allArrived(() => settle(stage, workload, repeatable)),
  );
  await stopObserving();
  const codes = await Promise.all(installation.pods.map((pod) => pod.stop()));
  screen.say('process', `all collectors stopped, exit codes ${codes.join(', ')}`);
  signal.throwIfAborted();
  return {
    controlPlane,
    accounts: await settle(stage, workload, repeatable),
    handovers: [graceful, crash],
  };
}

/** Waits for what is still on its way, for as long as more arrives in the sink that is behind. */
async function allArrived(settleNow: () => Promise<readonly SinkAccount[]>): Promise<void> {
  await settleWhenIdle(
    async () => {
      const accounts = (await settleNow()).map(({ account }) => account);
      return accounts.reduce((worst, account) => (account.lost.length > worst.lost.length ? account : worst));
    },
    { idleMs: 20_000 },
  );
}

/** From the API server's answers to the writer and the bytes in the sinks alone. */
async function settle(
  { installation, arrivals }: Stage,
  workload: Workload,
  { file, stdout }: Repeatable,
): Promise<readonly SinkAccount[]> {
  const records = arrivals.map(({ record }) => record);
  return [
    { sink: 'file', account: await installation.account(workload), repeatable: file },
    { sink: 'stdout', account: settleAccount(workload.written, records, workload.uncertain), repeatable: stdout },
  ];
}
