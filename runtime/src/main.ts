/** The image's entry point, and the only file that touches the process, its real clock and its exit codes. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { parseCommandLine, usage } from './cli/command-line.ts';
import { run } from './cli/run.ts';
import { status } from './cli/status.ts';
import { exitCodes, type Surroundings } from './cli/surroundings.ts';
import { productVersion } from './contract/names.ts';
import { inertText } from './support/inert-text.ts';
import { usualSettingsFiles } from './settings/load-settings.ts';
import { systemClock, systemRandom } from './support/system-clock.ts';

function surroundings(): Surroundings {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  return {
    environment: process.env,
    settingsFiles: usualSettingsFiles,
    hostName: hostname(),
    nonce: randomBytes(4).toString('hex'),
    clock: systemClock,
    random: systemRandom,
    stdout: process.stdout,
    logLine: (line) => void process.stderr.write(line),
    logFormat: process.stderr.isTTY ? 'text' : 'json',
    usage: () => {
      const { user, system } = process.cpuUsage();
      return { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() };
    },
    stop: stop.signal,
    onHangUp: (callback) => void process.on('SIGHUP', callback),
  };
}

async function main(words: readonly string[]): Promise<number> {
  const command = parseCommandLine(words);
  switch (command.command) {
    case 'run':
      return run(surroundings());
    case 'status':
      return status(surroundings(), command);
    case 'version':
      process.stdout.write(`${productVersion}\n`);
      return exitCodes.ok;
    case 'help':
      process.stdout.write(usage);
      return exitCodes.ok;
    default:
      process.stderr.write(`${inertText(command.problem)}\n\n${usage}`);
      return exitCodes.usage;
  }
}

process.exit(await main(process.argv.slice(2)));
