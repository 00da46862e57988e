/** The command `run`: one collector, from its settings to its clean hand-over. */
import type { Settings } from '../contract/settings.ts';
import { readSettings } from '../contract/read-settings.ts';
import { CollectorError, isCollectorError } from '../support/errors.ts';
import { createLog, type Log } from '../operations/log.ts';
import { Collector } from './collector.ts';
import { exitCodes, type Surroundings } from './surroundings.ts';

/** @returns the exit code: also a defect ends in one line of the log, for its text may come from anywhere. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { environment, clock, logLine, logFormat } = surroundings;
  const logAt = (level: Settings['logLevel']) =>
    createLog({ level, format: logFormat, wallTime: () => clock.wallTime(), write: logLine });
  const result = readSettings(environment);
  if ('problems' in result) return refuse(logAt('info'), result.problems);

  const log = logAt(result.settings.logLevel);
  for (const warning of result.warnings) log('warn', warning);
  try {
    await new Collector(result.settings, surroundings, log).run();
    return exitCodes.ok;
  } catch (error) {
    if (isCollectorError(error, 'SETTINGS_INVALID')) return refuse(log, [describe(error)]);
    log('error', 'ended by a defect', { error });
    return exitCodes.crash;
  }
}

function refuse(log: Log, problems: readonly string[]): number {
  log('error', 'settings cannot be used', { problems });
  return exitCodes.settings;
}

function describe({ message, details }: CollectorError): string {
  return details.hint === undefined ? message : `${message}: ${details.hint}`;
}
