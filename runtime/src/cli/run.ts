/** The command `run`: one collector, from its settings to its clean hand-over. */
import type { Settings } from '../contract/settings.ts';
import { createLog, type Log } from '../operations/log.ts';
import { loadSettings } from '../settings/load-settings.ts';
import { isCollectorError } from '../support/errors.ts';
import { Collector } from './collector.ts';
import { errorText } from './error-text.ts';
import { exitCodes, type Surroundings } from './surroundings.ts';

/** @returns the exit code: 0 only if whoever comes next has nothing to wait for and gets nothing twice; also a defect ends in one line of the log, for its text may come from anywhere. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { environment, settingsFiles, clock, logLine, logFormat } = surroundings;
  const logAt = (level: Settings['logLevel']) =>
    createLog({ level, format: logFormat, wallTime: () => clock.wallTime(), write: logLine });
  const result = await loadSettings(environment, settingsFiles);
  if ('problems' in result) return refuse(logAt('info'), result.problems);

  const log = logAt(result.settings.logLevel);
  for (const warning of result.warnings) log('warn', warning);
  try {
    return (await new Collector(result, surroundings, log).run()) === 'handed over' ? exitCodes.ok : exitCodes.failure;
  } catch (error) {
    if (isCollectorError(error, 'SETTINGS_INVALID')) return refuse(log, [errorText(error)]);
    log('error', 'ended by a defect', { error });
    return exitCodes.failure;
  }
}

function refuse(log: Log, problems: readonly string[]): number {
  log('error', 'settings cannot be used', { problems });
  return exitCodes.settings;
}
