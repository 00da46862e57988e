/** The last lines of a run: what was not run, what failed and why, and the counts. Nobody has to scroll. */
import { inertText } from '../../runtime/src/support/inert-text.ts';
import type { Failure } from './results.ts';
import type { Suite } from './suites.ts';

export interface ProcessTail {
  readonly name: string;
  readonly lines: readonly string[];
}

export interface Run {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
  /** Names of tests that were skipped, with their reasons. */
  readonly skipped: readonly string[];
  /** Failures of the first run that passed when they ran again. */
  readonly flaky: readonly Failure[];
  readonly notRun: readonly Suite[];
  /** Seed of the random data of this run. */
  readonly seed: number;
}

/** @param tailsOf the last lines that the processes of a failed test wrote */
export function closingLines(run: Run, tailsOf: (failure: Failure) => readonly ProcessTail[]): readonly string[] {
  const { passed, failed, failures, skipped, flaky, notRun, seed } = run;
  return [
    ...failures.flatMap((failure) => describeFailure(failure, seed, tailsOf(failure))),
    ...(skipped.length === 0 ? [] : ['', 'Skipped:', ...indented(skipped, 2)]),
    ...notRunLines(notRun),
    ...flaky.flatMap((failure) => flakyLines(failure, seed)),
    ...(passed + failed + skipped.length === 0 ? ['', 'No test ran.'] : []),
    '',
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ];
}

const lineLength = 400;
const errorLines = 25;
const mostProcesses = 8;

function describeFailure(failure: Failure, seed: number, tails: readonly ProcessTail[]): readonly string[] {
  const { file, name, errors, brokePromise, logs } = failure;
  return [
    '',
    `FAILED  ${file === '' ? 'outside of any file' : file}${brokePromise ? '  (a broken promise)' : ''}`,
    ...(name === '' ? [] : indented([name], 2)),
    ...errors.flatMap((error) => indented(error.split('\n').slice(0, errorLines), 4)),
    ...(failure.project === '' ? [] : [`  run it alone: ${commandOf(failure, seed)}`]),
    ...(logs === undefined ? [] : [`  its logs: ${logs}`]),
    ...tails
      .slice(0, mostProcesses)
      .flatMap(({ name: process, lines }) => [`  the end of ${process}:`, ...indented(lines, 4)]),
  ];
}

function flakyLines(failure: Failure, seed: number): readonly string[] {
  const { file, name, errors, logs } = failure;
  return [
    '',
    `FLAKY  ${file}: ${inertText(name, lineLength)}`,
    '  failed, then passed when run alone. This is a defect: fix it before anything else.',
    ...indented(errors[0]?.split('\n').slice(0, 3) ?? [], 4),
    `  seed ${seed}, logs: ${logs ?? 'none, it started no process'}`,
    `  reproduce it: SEED=${seed} npm run flaky -- --all ${file} -t ${quoted(pattern(name))} --times 50 --load`,
  ];
}

/** What a person types to run it alone, with the same random data. */
export function commandOf({ project, file, name }: Failure, seed: number): string {
  const words = ['npx vitest run --project', project, file, ...(name === '' ? [] : ['-t', quoted(pattern(name))])];
  return `SEED=${seed} ${words.join(' ')}`;
}

/** A regular expression that matches this test, or the tests of this suite, and no others. */
export function pattern(name: string): string {
  return `^${name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}( > |$)`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function indented(lines: readonly string[], by: number): readonly string[] {
  return lines.map((line) => `${' '.repeat(by)}${inertText(line, lineLength)}`);
}

function notRunLines(notRun: readonly Suite[]): readonly string[] {
  if (notRun.length === 0) return [];
  return [
    '',
    'Not run:',
    ...notRun.map(({ project, title, needs }) => `  ${project.padEnd(9)}${title} (needs ${needs})`),
    'npm run test:all runs these too, and builds what they need (about 8 minutes, once, with Go).',
  ];
}
