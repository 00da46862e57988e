/** `npm test`, `npm run test:all` and `npm run flaky`: runs the suites and ends with what a person has to know. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBinaries } from '../../tools/cluster/binaries.ts';
import { ensureHelms } from '../../tools/helm/binaries.ts';
import { progressOn } from '../../tools/support/progress.ts';
import { closingLines, type Run } from './closing.ts';
import { startLoad } from './load.ts';
import { type Options, readOptions, usage } from './options.ts';
import { processTails } from './process-tails.ts';
import { failuresToRunAgain } from './rerun.ts';
import type { Failure, Results } from './results.ts';
import { Runner } from './runner.ts';
import { builtSuites, quickSuites, suites } from './suites.ts';

const root = join(import.meta.dirname, '..', '..');

const noGo = `Not every test can run: there is no built Helm, etcd and kube-apiserver, and no Go to build them with.
Install Go 1.26 or newer, or run the tests that need no other program: npm test
`;

/** Builds what the suites need. @returns whether all of it is there */
async function prepare(): Promise<boolean> {
  const helms = await ensureHelms(progressOn(process.stderr, 'helm: '));
  const binaries = await ensureBinaries(progressOn(process.stderr, 'control plane: '));
  return helms !== undefined && binaries !== undefined;
}

/** Whether files belong to suites that need built programs. */
function areBuilt(files: readonly string[]): boolean {
  return files.some((file) => builtSuites.some(({ project }) => file.includes(`test/${project}/`)));
}

/** The same random data in all workers, which inherit the environment. */
function chooseSeed(): number {
  const seed = Number(process.env['SEED'] ?? Math.trunc(Math.random() * 2 ** 31));
  process.env['SEED'] = String(seed);
  return seed;
}

async function runOnce({ all, files, pattern }: Options, seed: number): Promise<Run> {
  const chosen = all || areBuilt(files) ? suites : quickSuites;
  const runner = await Runner.start({
    projects: chosen.map(({ project }) => project),
    files,
    pattern,
    reporter: 'default',
  });
  const first = runner.results;
  const flaky: Failure[] = [];
  for (const failure of failuresToRunAgain(first.failures)) {
    process.stderr.write(`\nonce more, alone: ${failure.file}: ${failure.name}\n`);
    if (await runner.passesAlone(failure)) flaky.push(failure);
  }
  await runner.close();
  const isPartial = files.length > 0 || pattern !== undefined;
  const results = without(flaky, pattern === undefined ? first : { ...first, skipped: [] });
  return { results, flaky, notRun: all || isPartial ? [] : builtSuites, seed };
}

/** What passed at its second run counts as passed, and is listed. */
function without(flaky: readonly Failure[], { passed, skipped, failures }: Results): Results {
  return { passed: passed + flaky.length, skipped, failures: failures.filter((failure) => !flaky.includes(failure)) };
}

/** Counts runs, not tests. */
async function runOften({ files, pattern }: Options, times: number, seed: number): Promise<Run> {
  const runner = await Runner.start({
    projects: suites.map(({ project }) => project),
    files,
    pattern,
    reporter: 'dot',
  });
  const failures: Failure[] = [];
  let passed = 0;
  for (let number = 1; ; number += 1) {
    const results = runner.results;
    const isGood = results.failures.length === 0 && results.passed > 0;
    if (isGood) passed += 1;
    failures.push(...results.failures);
    process.stderr.write(`run ${number} of ${times}: ${isGood ? 'passed' : 'FAILED'}\n`);
    if (number === times) break;
    await runner.again();
  }
  await runner.close();
  const skipped = passed === 0 && failures.length === 0 ? ['every run: no test of this name ran'] : [];
  return { results: { passed, failures, skipped }, flaky: [], notRun: [], seed };
}

async function runTests(options: Options): Promise<number> {
  if ((options.all || areBuilt(options.files)) && !(await prepare())) {
    process.stderr.write(noGo);
    return 1;
  }
  rmSync(join(root, '.test-logs'), { recursive: true, force: true });
  const seed = chooseSeed();
  if (options.thorough) process.env['EFFORT'] = '10';
  const stopLoad = options.load ? startLoad() : undefined;
  const run = await (options.times === undefined
    ? runOnce(options, seed)
    : runOften(options, options.times, seed)
  ).finally(() => stopLoad?.());
  const tails = ({ logs }: Failure) => (logs === undefined ? [] : processTails(join(root, logs)));
  process.stdout.write(`${closingLines(run, tails).join('\n')}\n`);
  return run.results.failures.length === 0 && run.results.passed > 0 ? 0 : 1;
}

async function main(words: readonly string[]): Promise<number> {
  const command = readOptions(words);
  if (command.run === 'tests') return runTests(command);
  if (command.run === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  process.stderr.write(`${command.because}\n\n${usage}`);
  return 2;
}

process.exit(await main(process.argv.slice(2)));
