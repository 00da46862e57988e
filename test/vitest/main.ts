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
import { isGood, sumUp } from './repetition.ts';
import { failuresToRunAgain, type Judged, judge } from './rerun.ts';
import type { Failure, Results } from './results.ts';
import { Runner } from './runner.ts';
import { builtSuites, quickSuites, suites } from './suites.ts';

const root = join(import.meta.dirname, '..', '..');

const noGo = `Not every test can run: Helm, etcd or kube-apiserver is not built, and Go is not installed to build it.
Install Go 1.26 or newer, or run the tests that need no other program: npm test
`;

/** Builds what the suites need. @returns why they cannot run; undefined if everything is there */
async function prepare(): Promise<string | undefined> {
  try {
    const helms = await ensureHelms(progressOn(process.stderr, 'helm: '));
    const binaries = await ensureBinaries(progressOn(process.stderr, 'control plane: '));
    return helms === undefined || binaries === undefined ? noGo : undefined;
  } catch (error) {
    return `Not every test can run: ${(error as Error).message}\n`; // a wrong folder, or what the compiler said
  }
}

/** Whether files belong to suites that need built programs. */
function areBuilt(files: readonly string[]): boolean {
  return files.some((file) => builtSuites.some(({ project }) => new RegExp(`(^|/)test/${project}(/|$)`).test(file)));
}

function startRunner({ all, files, pattern, times }: Options): Promise<Runner> {
  const chosen = all || areBuilt(files) ? suites : quickSuites;
  const projects = chosen.map(({ project }) => project);
  return Runner.start({ projects, files, pattern, reporter: times === undefined ? 'default' : 'dot' });
}

async function runOnce(options: Options): Promise<Omit<Run, 'seed'>> {
  const runner = await startRunner(options);
  let judged: Judged = { results: runner.results, flaky: [] };
  for (const failure of failuresToRunAgain(judged.results.failures)) {
    process.stderr.write(`\nsecond run, alone: ${failure.file}: ${failure.name}\n`);
    judged = judge(judged, failure, await runner.alone(failure));
  }
  await runner.close();
  const { passed, failures, skipped } = judged.results;
  const isWhole = options.files.length === 0 && options.pattern === undefined;
  return {
    passed: passed.length,
    failed: failures.length,
    failures,
    // A pattern skips what it does not match.
    skipped: options.pattern === undefined ? skipped.map(({ text }) => text) : [],
    flaky: judged.flaky,
    notRun: isWhole && !options.all ? builtSuites : [],
  };
}

/** Counts runs, not tests. */
async function runOften(options: Options, times: number): Promise<Omit<Run, 'seed'>> {
  const runner = await startRunner(options);
  const runs: Results[] = [];
  for (let results = runner.results; ; results = await runner.again()) {
    runs.push(results);
    process.stderr.write(`run ${runs.length} of ${times}: ${isGood(results) ? 'passed' : 'FAILED'}\n`);
    if (runs.length === times) break;
  }
  await runner.close();
  const { passedRuns, failedRuns, failures } = sumUp(runs);
  return { passed: passedRuns, failed: failedRuns, failures, skipped: [], flaky: [], notRun: [] };
}

/** The same random data in all workers, which inherit the environment. */
function chooseSeed(): number {
  const given = process.env['SEED'] ?? '';
  const seed = given === '' ? Math.trunc(Math.random() * 2 ** 31) : Number(given);
  if (!Number.isInteger(seed)) throw new Error(`SEED=${given} is not a whole number`);
  process.env['SEED'] = String(seed);
  return seed;
}

async function runTests(options: Options): Promise<number> {
  const obstacle = options.all || areBuilt(options.files) ? await prepare() : undefined;
  if (obstacle !== undefined) {
    process.stderr.write(obstacle);
    return 1;
  }
  rmSync(join(root, '.test-logs'), { recursive: true, force: true });
  const seed = chooseSeed();
  if (options.thorough) process.env['EFFORT'] = '10';
  const stopLoad = options.load ? startLoad() : undefined;
  const running = options.times === undefined ? runOnce(options) : runOften(options, options.times);
  const run = await running.finally(() => stopLoad?.());
  const tails = ({ logs }: Failure) => (logs === undefined ? [] : processTails(join(root, logs)));
  process.stdout.write(`${closingLines({ ...run, seed }, tails).join('\n')}\n`);
  return run.failed === 0 && run.passed > 0 ? 0 : 1;
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
