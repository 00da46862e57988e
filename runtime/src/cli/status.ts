/** The command `status`: what the collector of this pod does; where none answers, what lock and token say. */
import type { Writable } from 'node:stream';
import type { Settings } from '../contract/settings.ts';
import { inertText } from '../support/inert-text.ts';
import { loadSettings } from '../settings/load-settings.ts';
import { pause } from '../support/clock.ts';
import { CollectorError, isCollectorError } from '../support/errors.ts';
import { askCollector } from './ask-collector.ts';
import { errorText } from './error-text.ts';
import { clusterLooker } from './look-at-cluster.ts';
import { viewJson, viewText } from './status-text.ts';
import { exitCodes, type Surroundings } from './surroundings.ts';
import { patienceMs, provenLeader, type View } from './view.ts';

export interface StatusOptions {
  readonly json: boolean;
  /** Looks again and again until somebody leads, for one lease at most. */
  readonly expectLeader: boolean;
}

/** How often it looks while it waits. */
const everyMs = 1_000;

/** @returns the exit code */
export async function status(surroundings: Surroundings, { json, expectLeader }: StatusOptions): Promise<number> {
  const { environment, settingsFiles, stdout } = surroundings;
  const result = await loadSettings(environment, settingsFiles);
  if ('problems' in result) return fail(surroundings, exitCodes.settings, result.problems);
  try {
    const look = looker(result.settings, surroundings);
    const { view, leader } = expectLeader
      ? await lookForLeader(look, result.settings, surroundings)
      : { view: await look(), leader: undefined };
    await print(stdout, json ? viewJson(view) : viewText(view));
    if (!expectLeader || leader !== undefined) return exitCodes.ok;
    return fail(surroundings, exitCodes.failure, ['nobody leads']);
  } catch (error) {
    if (!isCollectorError(error)) throw error;
    return fail(surroundings, exitCodes.failure, [errorText(error)]);
  }
}

type Look = () => Promise<View>;

/** Asks the collector; where it does not answer, the API server, to which the way is looked for once. */
function looker(settings: Settings, surroundings: Surroundings): Look {
  let looking: ReturnType<typeof clusterLooker> | undefined;
  return async () => {
    const answer = await askCollector(settings.healthPort, surroundings.clock);
    if (typeof answer !== 'string') return answer;
    try {
      looking ??= clusterLooker(settings, surroundings);
      return await (await looking)(answer);
    } catch (error) {
      if (!isCollectorError(error)) throw error;
      throw new CollectorError(error.code, `${answer}; ${error.message}`, error.details);
    }
  };
}

interface Looked {
  readonly view: View;
  readonly leader: string | undefined;
}

async function lookForLeader(
  look: Look,
  { leaderLeaseDuration }: Settings,
  { clock, stop }: Surroundings,
): Promise<Looked> {
  const startedAt = clock.now();
  const leaseMs = leaderLeaseDuration * 1_000;
  let first: View | undefined;
  for (;;) {
    const seen = await look().catch(failureIfPassing);
    let view: View | undefined;
    if ('from' in seen) {
      view = seen;
      first ??= view;
      const leader = provenLeader(first, view);
      if (leader !== undefined) return { view, leader };
    }
    const patience = first === undefined ? leaseMs : patienceMs(first, leaseMs);
    if (stop.aborted || clock.now() - startedAt >= patience) {
      if (view === undefined) throw seen;
      return { view, leader: undefined };
    }
    await pause(clock, everyMs, stop);
  }
}

/** What is not allowed now will not be in a moment, and neither is the way there. */
function failureIfPassing(error: unknown): CollectorError {
  if (!isCollectorError(error) || isCollectorError(error, 'API_FORBIDDEN', 'SETTINGS_INVALID')) throw error;
  return error;
}

function fail({ logLine }: Surroundings, exitCode: number, lines: readonly string[]): number {
  for (const line of lines) logLine(`${inertText(line)}\n`);
  return exitCode;
}

/** Resolves when it is written: the process ends right after. */
function print(output: Writable, text: string): Promise<void> {
  return new Promise((resolve) => output.write(text, () => resolve()));
}
