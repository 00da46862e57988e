import { join } from 'node:path';
import { createVitest, type Reporter, type TestModule, type Vitest } from 'vitest/node';
import { collectResults, type Failure, type Results } from './results.ts';

const root = join(import.meta.dirname, '..', '..');

export interface RunnerOptions {
  readonly projects: readonly string[];
  readonly files: readonly string[];
  readonly pattern: string | undefined;
  /** Vitest reporter that shows progress. */
  readonly reporter: 'default' | 'dot';
}

/** Keeps the modules of the latest run. */
class ResultsReporter implements Reporter {
  modules: readonly TestModule[] = [];

  onTestRunEnd(modules: readonly TestModule[]): void {
    this.modules = modules;
  }
}

/** Runs tests with one Vitest instance, and can run them again. */
export class Runner {
  readonly #vitest: Vitest;
  readonly #reporter: ResultsReporter;
  readonly #modules: readonly TestModule[];
  /** Why nothing could run; undefined if something did. */
  readonly #startError: unknown;

  private constructor(vitest: Vitest, reporter: ResultsReporter, startError: unknown) {
    this.#startError = startError;
    this.#vitest = vitest;
    this.#reporter = reporter;
    this.#modules = reporter.modules;
  }

  /** Runs the tests once. */
  static async start({ projects, files, pattern, reporter }: RunnerOptions): Promise<Runner> {
    const own = new ResultsReporter();
    const vitest = await createVitest({
      root,
      run: true,
      watch: false,
      project: [...projects],
      reporters: [reporter, own],
      ...(pattern === undefined ? {} : { testNamePattern: pattern }),
    });
    const startError: unknown = await vitest.start([...files]).then(
      () => undefined,
      (error: unknown) => error,
    );
    return new Runner(vitest, own, startError);
  }

  /** What the latest run found. */
  get results(): Results {
    const errors = this.#vitest.state.getUnhandledErrors();
    return collectResults(this.#reporter.modules, this.#startError === undefined ? errors : [this.#startError]);
  }

  /** Runs all of it again. */
  async again(): Promise<Results> {
    await this.#vitest.runTestSpecifications(this.#modules.map((module) => module.toTestSpecification()));
    return this.results;
  }

  /** Runs a test or suite that failed once more, with nothing running next to it and new servers. */
  async alone(failure: Failure): Promise<Results> {
    const tasks = this.#modules.flatMap(({ children }) => [...children.allTests(), ...children.allSuites()]);
    const failed = tasks.find(({ id }) => id === failure.id);
    if (failed === undefined) throw new Error(`${failure.file}: ${failure.name} is not part of this run`);
    await this.#vitest.runTestSpecifications([failed.toTestSpecification()]);
    return this.results;
  }

  close(): Promise<void> {
    return this.#vitest.close();
  }
}
