/** Projects of people who use the constructs: what the cdk8s CLI makes for them, and one of ES modules. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { EventCollectorProps } from '../../src/index.ts';
import { npmInstall, run } from '../support/npm.ts';

export interface ConsumerFiles {
  readonly manifest: object;
  readonly tsconfig: object;
}

const root = resolve(import.meta.dirname, '../..');
const template = join(root, 'node_modules', 'cdk8s-cli', 'templates', 'typescript-app');
const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;

/** What `cdk8s init typescript-app` writes, without the tests that it comes with. */
export function cdk8sInit(tarball: string): ConsumerFiles {
  const text = readFileSync(join(template, 'package.json'), 'utf8')
    .replaceAll('{{ $base }}', 'consumer')
    .replace('{{ cdk8s_core_version }}', versionOf('cdk8s'))
    .replace('{{ cdk8s_plus_version }}', versionOf('cdk8s-plus-33'))
    .replace('{{ constructs_version }}', versionOf('constructs'))
    .replace('{{ cdk8s_cli_spec }}', versionOf('cdk8s-cli'));
  const manifest = JSON.parse(text);
  const tests = ['jest', 'ts-jest', '@types/jest', 'ts-node'];
  for (const name of tests) delete manifest.devDependencies[name];
  manifest.dependencies.eventbaton = `file:${tarball}`;
  return { manifest, tsconfig: JSON.parse(readFileSync(join(template, 'tsconfig.json'), 'utf8')) };
}

/** An app of ES modules, with no more packages than the README's example needs. */
export function esModules(tarball: string): ConsumerFiles {
  return {
    manifest: {
      name: 'consumer',
      private: true,
      type: 'module',
      dependencies: {
        cdk8s: `^${versionOf('cdk8s')}`,
        constructs: `^${versionOf('constructs')}`,
        eventbaton: `file:${tarball}`,
      },
      devDependencies: { '@types/node': '^22', 'cdk8s-cli': versionOf('cdk8s-cli'), typescript: '5.9.x' },
    },
    tsconfig: {
      compilerOptions: { target: 'es2022', module: 'nodenext', strict: true, skipLibCheck: false, declaration: true },
      include: ['*.ts'],
    },
  };
}

/** An app whose own subclass takes the props, in the chart that `collectorManifests` makes too. */
const appWith = (props: EventCollectorProps) => `import { App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { EventCollector, EventCollectorProps } from 'eventbaton';

const props: EventCollectorProps = ${JSON.stringify(props)};

export class TeamCollector extends EventCollector {
  public readonly team: string;

  constructor(scope: Construct, id: string, team: string) {
    super(scope, id, props);
    this.team = team;
  }
}

export function misspelt(scope: Construct): EventCollector {
  // @ts-expect-error: there is no such prop
  return new EventCollector(scope, 'collector', { namespase: 'events' });
}

const app = new App();
const chart = new Chart(app, 'eventbaton', { disableResourceNameHashes: true });
new TeamCollector(chart, 'collector', 'platform');
app.synth();
`;

const loader = `import { createRequire } from 'node:module';
import { EventCollector } from 'eventbaton';
const required = createRequire(import.meta.url)('eventbaton').EventCollector;
const imported = (await import('eventbaton')).EventCollector;
process.stdout.write(JSON.stringify([required.name, required === imported, required === EventCollector]));
`;

export class Consumer {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async install(folder: string, files: ConsumerFiles, props: EventCollectorProps): Promise<Consumer> {
    mkdirSync(folder);
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    write('package.json', JSON.stringify(files.manifest));
    write('tsconfig.json', JSON.stringify(files.tsconfig));
    write('cdk8s.yaml', 'language: typescript\napp: node main.js\n');
    write('main.ts', appWith(props));
    write('load.mjs', loader);
    await npmInstall(folder);
    return new Consumer(folder);
  }

  /** With the consumer's own compiler. Throws where it finds a mistake. */
  async compile(...words: readonly string[]): Promise<void> {
    await run(this.#folder, process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), ...words]);
  }

  /** With this repository's compiler. */
  async check(...words: readonly string[]): Promise<void> {
    await run(this.#folder, process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', ...words]);
  }

  /** What `cdk8s synth` writes, with a Node for all of it. */
  async synth(node: string): Promise<readonly unknown[]> {
    const cli = join('node_modules', '.bin', 'cdk8s');
    const path = [dirname(node), process.env['PATH']].join(delimiter);
    await run(this.#folder, node, [cli, 'synth', '--check-upgrade=false', '--output', 'dist'], path);
    const text = readFileSync(join(this.#folder, 'dist', 'eventbaton.k8s.yaml'), 'utf8');
    return parseAllDocuments(text).map((document) => document.toJS());
  }

  /** The name of the class, and whether it is the same one however it is loaded. */
  async load(node: string): Promise<unknown> {
    return JSON.parse(await run(this.#folder, node, ['load.mjs']));
  }

  /** Where a package lies: once for each copy. */
  async copiesOf(name: string): Promise<readonly string[]> {
    const said = await run(this.#folder, 'npm', ['ls', name, '--all', '--parseable']);
    return said.split('\n').filter((line) => line.endsWith(join('node_modules', name)));
  }

  /** What came with the constructs. */
  async dependencies(): Promise<readonly string[]> {
    const said = JSON.parse(await run(this.#folder, 'npm', ['ls', '--all', '--json']));
    return Object.keys(said.dependencies.eventbaton.dependencies ?? {}).toSorted();
  }
}
