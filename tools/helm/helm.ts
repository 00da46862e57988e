import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectProgram, type ProgramAnswer, runProgram } from '../support/run-program.ts';

export interface HelmCall {
  /** Without it the command knows no cluster. */
  readonly kubeconfig?: string;
  readonly stdin?: string;
}

export interface TemplateOptions {
  readonly release: string;
  readonly namespace: string;
  readonly values?: object;
  /** Left out, it is the version that this Helm was built for. */
  readonly kubeVersion?: string;
  readonly apiVersions?: readonly string[];
  readonly args?: readonly string[];
}

export interface LintOptions {
  readonly values?: object;
  /** Warnings count as failures. */
  readonly strict: boolean;
}

/** One Helm program, with folders of its own: it neither sees nor changes what the user's Helm keeps. */
export class Helm implements AsyncDisposable {
  readonly command: string;
  readonly #folder: string;
  #files = 0;

  private constructor(command: string, folder: string) {
    this.command = command;
    this.#folder = folder;
  }

  static async open(command: string): Promise<Helm> {
    return new Helm(command, await mkdtemp(join(tmpdir(), 'eventbaton-helm-')));
  }

  /** E.g. `v4.3.1`. */
  async version(): Promise<string> {
    return (await this.expect(['version', '--template={{.Version}}'])).trim();
  }

  /** What a chart, a folder or an archive, renders to. */
  template(chart: string, options: TemplateOptions): Promise<string> {
    const { release, namespace, values, kubeVersion, apiVersions = [], args = [] } = options;
    return this.#withValues(values, (valueWords) =>
      this.expect([
        'template',
        release,
        chart,
        `--namespace=${namespace}`,
        ...valueWords,
        ...(kubeVersion === undefined ? [] : [`--kube-version=${kubeVersion}`]),
        ...apiVersions.map((version) => `--api-versions=${version}`),
        ...args,
      ]),
    );
  }

  /** @returns what it says of a chart that passes */
  lint(chart: string, { values, strict }: LintOptions): Promise<string> {
    return this.#withValues(values, (valueWords) =>
      this.expect(['lint', chart, ...valueWords, ...(strict ? ['--strict'] : [])]),
    );
  }

  /** As `run`, but throws unless it succeeds. @returns stdout */
  async expect(words: readonly string[], { kubeconfig, stdin = '' }: HelmCall = {}): Promise<string> {
    const { stdout } = await expectProgram(this.command, words, { env: this.#environment(kubeconfig), stdin });
    return stdout;
  }

  /** Any command. Its failure is an answer. */
  run(words: readonly string[], { kubeconfig, stdin = '' }: HelmCall = {}): Promise<ProgramAnswer> {
    return runProgram(this.command, words, { env: this.#environment(kubeconfig), stdin });
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Made from nothing: the user's HELM_* and KUBECONFIG, and a pod's own cluster, would get in otherwise. */
  #environment(kubeconfig: string | undefined): NodeJS.ProcessEnv {
    const at = (name: string) => join(this.#folder, name);
    return {
      PATH: process.env['PATH'],
      HOME: at('home'),
      HELM_CACHE_HOME: at('cache'),
      HELM_CONFIG_HOME: at('config'),
      HELM_DATA_HOME: at('data'),
      KUBECONFIG: kubeconfig ?? at('no-kubeconfig'),
    };
  }

  /** Values go as JSON, which is YAML that needs no quoting rules. */
  async #withValues<T>(values: object | undefined, use: (words: readonly string[]) => Promise<T>): Promise<T> {
    if (values === undefined) return use([]);
    const file = join(this.#folder, `values-${(this.#files += 1)}.json`);
    await writeFile(file, JSON.stringify(values), { mode: 0o600 });
    try {
      return await use([`--values=${file}`]);
    } finally {
      await rm(file, { force: true });
    }
  }
}
