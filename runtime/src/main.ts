/** The image's entry point, and the only file that touches the process, its real clock and its exit codes. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { run } from './cli/run.ts';
import { exitCodes, type Surroundings } from './cli/surroundings.ts';
import { productName, productVersion } from './contract/names.ts';
import { systemClock, systemRandom } from './support/system-clock.ts';

const usage = `${productName} ${productVersion}

  ${productName} run         collect, as the settings in the environment say
  ${productName} --version
`;

function surroundings(): Surroundings {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  return {
    environment: process.env,
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
  if (words.length === 1 && words[0] === 'run') return run(surroundings());
  if (words.length === 1 && words[0] === '--version') {
    process.stdout.write(`${productVersion}\n`);
    return exitCodes.ok;
  }
  process.stderr.write(usage);
  return exitCodes.usage;
}

process.exit(await main(process.argv.slice(2)));
