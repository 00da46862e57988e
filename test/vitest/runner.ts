import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { startVitest } from 'vitest/node';
import { join } from 'node:path';
import type { Failure, Results } from './results.ts';
import { collectResults } from './results.ts';

const root = join(import.meta.dirname, '..', '..');

export interface RunnerOptions {
  readonly projects: readonly string[];
  readonly files: readonly string[];
  readonly pattern: string | undefined;
  /** Kinds of reporters of vitest, for what is shown while tests run. */
  readonly reporter: 'default' | 'dot';
}

/** Keeps what the latest run found. */
class ResultsReporter implements Reporter {
  modules: readonly TestModule[] = [];
  errors: readonly unknown[] = [];

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    this.modules = modules;
    this.errors = errors;
  }

  get results(): Results {
    return collectResults(this.modules, this.errors);
  }
}

/** One vitest that runs tests, and runs them again. */
export class Runner {
  readonly #vitest: Vitest;
  readonly #reporter: ResultsReporter;
  readonly #modules: readonly TestModule[];

  private constructor(vitest: Vitest, reporter: ResultsReporter) {
    this.#vitest = vitest;
    this.#reporter = reporter;
    this.#modules = reporter.modules;
  }

  /** Runs the tests once. */
  static async start({ projects, files, pattern, reporter }: RunnerOptions): Promise<Runner> {
    const own = new ResultsReporter();
    const vitest = await startVitest([...files], {
      root,
      run: true,
      watch: false,
      project: [...projects],
      reporters: [reporter, own],
      ...(pattern === undefined ? {} : { testNamePattern: pattern }),
    });
    return new Runner(vitest, own);
  }

  /** What the latest run found. */
  get results(): Results {
    return this.#reporter.results;
  }

  /** Runs all of it again. */
  async again(): Promise<Results> {
    await this.#vitest.runTestSpecifications(this.#modules.map((module) => module.toTestSpecification()));
    return this.results;
  }

  /** Runs what failed once more, with nothing beside it and new servers. @returns whether it passed */
  async passesAlone({ project, file, name }: Failure): Promise<boolean> {
    const module = this.#modules.find((one) => one.relativeModuleId === file && one.project.name === project);
    if (module === undefined) throw new Error(`${file} is not part of this run`);
    const failed = [...module.children.allTests()].find(({ fullName }) => fullName === name);
    await this.#vitest.runTestSpecifications([(failed ?? module).toTestSpecification()]);
    return this.results.failures.length === 0 && this.results.passed > 0;
  }

  close(): Promise<void> {
    return this.#vitest.close();
  }
}
