/** The image's entry point, and the only file that touches the process, its real clock and its exit codes. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { parseCommandLine, usage } from './cli/command-line.ts';
import { run } from './cli/run.ts';
import { status } from './cli/status.ts';
import { exitCodes, type Surroundings } from './cli/surroundings.ts';
import { productVersion } from './contract/names.ts';
import { createLog } from './operations/log.ts';
import { LogOutput } from './operations/log-output.ts';
import { byteOutput } from './sinks/byte-output.ts';
import { inertText } from './support/inert-text.ts';
import { usualSettingsFiles } from './settings/load-settings.ts';
import { systemClock, systemRandom } from './support/system-clock.ts';

const logFormat = process.stderr.isTTY ? 'text' : 'json';

/** Never waits for whoever reads it; see {@link LogOutput}. */
const logOutput = new LogOutput({
  open: () => byteOutput(process.stderr),
  notice(lines) {
    let text = '';
    const log = createLog({
      level: 'warn',
      format: logFormat,
      wallTime: () => systemClock.wallTime(),
      write: (line) => (text = line),
    });
    log('warn', 'lines of the log were dropped: nobody read it', { lines });
    return text;
  },
});

/** How long the end of the process waits for whoever reads the log. */
const lastLinesMs = 1_000;

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
    logLine: (line) => logOutput.write(line),
    logFormat,
    usage: () => {
      const { user, system } = process.cpuUsage();
      return {
        cpuSeconds: (user + system) / 1e6,
        residentBytes: process.memoryUsage.rss(),
        logLinesDropped: logOutput.droppedLines,
      };
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

// Each write hears of its own failure; without a listener the process would end as well.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
const exitCode = await main(process.argv.slice(2));
await Promise.race([logOutput.flushed(), systemClock.sleep(lastLinesMs)]);
process.exit(exitCode);
