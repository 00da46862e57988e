/** `npm run helm -- build`: the Helm 3 and Helm 4 that tests and tools use, for a person who wants them at hand. */
import { progressOn } from '../support/progress.ts';
import { ensureHelms } from './binaries.ts';
import { Helm } from './helm.ts';

const usage = `npm run helm -- build     build Helm 3 and Helm 4 (once), and say where they are
`;

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main([verb]: readonly string[]): Promise<number> {
  if (verb === 'build') return build();
  say(usage);
  return 2;
}

async function build(): Promise<number> {
  const helms = await ensureHelms(progressOn(process.stderr));
  if (helms === undefined) {
    say('Go is needed to build Helm (1.26 or newer), or HELM3 and HELM4 with the paths of such programs.');
    return 1;
  }
  for (const command of [helms.helm3, helms.helm4]) {
    const helm = await Helm.open(command);
    say(`ready: ${command} (${await helm.version().finally(() => helm.close())})`);
  }
  return 0;
}

process.exit(await main(process.argv.slice(2)));
