/** What a run of vitest found, as plain data. It does not change when the tests run again. */
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { TestCase, TestModule, TestSuite } from 'vitest/node';
import { brokenPromiseName } from '../support/promise.ts';

const root = join(import.meta.dirname, '..', '..');

export interface Failure {
  /** Vitest's id of the test or suite, the same in each run; undefined if the failure belongs to neither. */
  readonly id: string | undefined;
  readonly project: string;
  /** Path below the repository, for example `test/real/crash.test.ts`; empty if it is not known. */
  readonly file: string;
  /** Full name of the test, or of the suite if its hook failed; empty if the file could not be loaded. */
  readonly name: string;
  readonly errors: readonly string[];
  /** Whether versions were lost, duplicated, unexpected or out of order, or two collectors led. */
  readonly brokePromise: boolean;
  /** Folder with the logs of the processes that the test started; undefined if it started none. */
  readonly logs: string | undefined;
}

export interface SkippedTest {
  readonly id: string;
  /** File, name, and the reason if the test gives one. */
  readonly text: string;
}

export interface Results {
  /** Ids of tests. */
  readonly passed: readonly string[];
  readonly skipped: readonly SkippedTest[];
  readonly failures: readonly Failure[];
}

interface Problem {
  readonly name?: string;
  readonly message: string;
  readonly stack?: string;
  /** Expected and received values, coloured. */
  readonly diff?: string;
  /** File and test that ran when an error came that belongs to no test. */
  readonly VITEST_TEST_PATH?: string;
  readonly VITEST_TEST_NAME?: string;
}

/** @param errors errors that belong to no test */
export function collectResults(modules: readonly TestModule[], errors: readonly unknown[]): Results {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const withState = (state: string) => tests.filter((test) => test.result().state === state);
  const unloaded = modules.filter((module) => module.errors().length > 0);
  const suites = modules.flatMap((module) => [...module.children.allSuites()]);
  return {
    passed: withState('passed').map(({ id }) => id),
    skipped: withState('skipped').map(describeSkipped),
    failures: [
      ...unloaded.map(failureOfModule),
      ...suites.filter((suite) => suite.errors().length > 0).map(failureOfSuite),
      ...withState('failed').map(failureOfTest),
      ...withState('pending').map(failureOfPending),
      ...errors.map((error) => failureOutside(error as Problem)),
    ],
  };
}

function describeSkipped(test: TestCase): SkippedTest {
  const result = test.result();
  const reason = result.state === 'skipped' && result.note ? `: ${result.note}` : '';
  return { id: test.id, text: `${test.module.relativeModuleId}: ${test.fullName}${reason}` };
}

function failureOfModule(module: TestModule): Failure {
  return { ...failureOf(module, undefined, '', module.errors()), logs: module.meta().logs };
}

/** Reports the suite's own errors only: it does not fail because a test of it did. */
function failureOfSuite(suite: TestSuite): Failure {
  return { ...failureOf(suite.module, suite.id, suite.fullName, suite.errors()), logs: suite.meta().logs };
}

function failureOfTest(test: TestCase): Failure {
  const errors = test.result().errors ?? [];
  return { ...failureOf(test.module, test.id, test.fullName, errors), logs: test.meta().logs };
}

/** The worker ended before the test could run. */
function failureOfPending(test: TestCase): Failure {
  return failureOf(test.module, test.id, test.fullName, [{ message: 'it never ran to its end' }]);
}

function failureOf(
  { project, relativeModuleId }: TestModule,
  id: string | undefined,
  name: string,
  problems: readonly Problem[],
): Failure {
  return {
    id,
    project: project.name,
    file: relativeModuleId,
    name,
    errors: problems.map(describeProblem),
    brokePromise: problems.some((problem) => problem.name === brokenPromiseName),
    logs: undefined,
  };
}

function failureOutside(problem: Problem): Failure {
  const { VITEST_TEST_PATH: path, VITEST_TEST_NAME: test } = problem;
  return {
    id: undefined,
    project: '',
    file: path === undefined ? '' : relative(root, path),
    name: test === undefined ? 'an error outside of any test' : `uncaught error during: ${test}`,
    errors: [describeProblem(problem)],
    brokePromise: false,
    logs: undefined,
  };
}

/** The message, where it came from (frames of our own code only), and what differs. */
function describeProblem({ message, stack = '', diff }: Problem): string {
  const frames = stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !/node_modules|node:internal/.test(line) && line.includes('/'));
  return [message, ...frames, ...(diff === undefined ? [] : [stripVTControlCharacters(diff).trim()])].join('\n');
}
