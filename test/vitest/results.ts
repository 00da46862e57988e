/** What a run of vitest found, as plain data: it stays when the same tests run once more. */
import { stripVTControlCharacters } from 'node:util';
import type { TestCase, TestModule, TestSuite } from 'vitest/node';
import { brokenPromiseName } from '../support/promise.ts';

export interface Failure {
  readonly project: string;
  /** Path below the repository, for example `test/real/crash.test.ts`. */
  readonly file: string;
  /** Full name of the test, or of the suite if its hook failed; empty if the file could not be loaded. */
  readonly name: string;
  readonly errors: readonly string[];
  /** Whether versions were lost, duplicated, unexpected or out of order, or two collectors led. */
  readonly brokePromise: boolean;
  /** Folder with the logs of the processes that the test started; undefined if it started none. */
  readonly logs: string | undefined;
}

export interface Results {
  readonly passed: number;
  /** Names, with the reason if there is one. */
  readonly skipped: readonly string[];
  readonly failures: readonly Failure[];
}

interface Problem {
  readonly name?: string;
  readonly message: string;
  readonly stack?: string;
  /** Expected and received values, coloured. */
  readonly diff?: string;
}

/** @param errors those that belong to no test */
export function collectResults(modules: readonly TestModule[], errors: readonly unknown[]): Results {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const withState = (state: string) => tests.filter((test) => test.result().state === state);
  const unloaded = modules.filter((module) => module.errors().length > 0);
  const suites = modules.flatMap((module) => [...module.children.allSuites()]);
  return {
    passed: withState('passed').length,
    skipped: [...withState('skipped'), ...withState('pending')].map(describeSkipped),
    failures: [
      ...unloaded.map((module) => failureOf(module, '', module.errors())),
      ...suites.filter((suite) => suite.errors().length > 0).map(failureOfSuite),
      ...withState('failed').map(failureOfTest),
      ...errors.map((error) => failureOutside(error as Problem)),
    ],
  };
}

/** With the reason, if the test gives one. */
function describeSkipped(test: TestCase): string {
  const result = test.result();
  return result.state === 'skipped' && result.note ? `${test.fullName}: ${result.note}` : test.fullName;
}

/** Its own errors only: a suite does not fail because a test of it did. */
function failureOfSuite(suite: TestSuite): Failure {
  return failureOf(suite.module, suite.fullName, suite.errors());
}

function failureOfTest(test: TestCase): Failure {
  return { ...failureOf(test.module, test.fullName, test.result().errors ?? []), logs: test.meta().logs };
}

function failureOf({ project, relativeModuleId }: TestModule, name: string, problems: readonly Problem[]): Failure {
  return {
    project: project.name,
    file: relativeModuleId,
    name,
    errors: problems.map(describeProblem),
    brokePromise: problems.some((problem) => problem.name === brokenPromiseName),
    logs: undefined,
  };
}

function failureOutside(problem: Problem): Failure {
  return {
    project: '',
    file: '',
    name: 'an error outside of any test',
    errors: [describeProblem(problem)],
    brokePromise: false,
    logs: undefined,
  };
}

/** The message, what differs, and where: frames of our own code only. */
function describeProblem({ message, stack = '', diff }: Problem): string {
  const frames = stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !/node_modules|node:internal/.test(line) && line.includes('/'));
  return [message, ...(diff === undefined ? [] : [stripVTControlCharacters(diff).trim()]), ...frames].join('\n');
}
