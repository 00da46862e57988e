/**
 * What each part of the collector costs in memory: processes that import one part more than those before, each bundled as the product is.
 *
 * Not told: what a part costs by itself. What two parts share counts for the one that comes first, and what a part allocates only while it
 * works counts for none. The heap grows in steps of a MiB or two, and a step counts for the part that happens to reach it: single own folders
 * say little, their sum says more.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import productBundling from '../../runtime/rolldown.config.ts';

export interface Layer {
  readonly name: string;
  /** Modules that it adds. */
  readonly imports: readonly string[];
}

const source = join(import.meta.dirname, '..', '..', 'runtime', 'src');

/** Folders of the runtime, each after those that it imports; one that is not named here comes before the last. */
const order = [
  'contract',
  'support',
  'election',
  'token',
  'collection',
  'delivery',
  'shaping',
  'leading',
  'kube',
  'sinks',
];
const last = 'cli';

export const bareLayer = 'Node by itself';
const ownPrefix = 'own code, ';

export function isOwn({ name }: Pick<Layer, 'name'>): boolean {
  return name.startsWith(ownPrefix);
}

interface SourceFile {
  readonly folder: string;
  readonly path: string;
  readonly text: string;
}

/** From bare Node to all that the collector loads at its start. */
export async function findLayers(): Promise<readonly Layer[]> {
  const files = await readSources();
  const texts = files.map(({ text }) => text);
  const later = loadedLater(texts);
  const own = foldersInOrder(new Set(files.map(({ folder }) => folder))).map((folder) => ({
    name: `${ownPrefix}${folder}/`,
    imports: files
      .filter((file) => file.folder === folder && !later.has(basename(file.path)))
      .map(({ path }) => `* from ${path}`),
  }));
  const zod = fileURLToPath(import.meta.resolve('zod/mini'));
  const names = namesUsed(texts, Object.keys(await import('zod/mini')));
  return [
    { name: bareLayer, imports: [] },
    { name: 'node:https', imports: ['Agent, request from node:https'] },
    { name: 'node:http', imports: ['Agent, createServer, request from node:http'] },
    { name: 'zod, as far as it is used', imports: [`${names.join(', ')} from ${zod}`] },
    ...own,
  ];
}

/** Files of the folders: the one beside them runs the product. */
async function readSources(): Promise<readonly SourceFile[]> {
  const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts')).sort();
  const inFolders = names.filter((name) => dirname(name) !== '.');
  return Promise.all(
    inFolders.map(async (name) => {
      const path = join(source, name);
      return { folder: dirname(name), path, text: await readFile(path, 'utf8') };
    }),
  );
}

export function foldersInOrder(folders: ReadonlySet<string>): readonly string[] {
  const others = [...folders].filter((folder) => !order.includes(folder) && folder !== last);
  return [...order, ...others, last].filter((folder) => folders.has(folder));
}

/** Names of the files that are loaded only when they are needed: they are no part of what a collector loads in any case. */
export function loadedLater(texts: readonly string[]): ReadonlySet<string> {
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/\bimport\('([^']+)'\)/g)].map(([, path]) => basename(path ?? ''))),
  );
}

/** Members of `z` in the texts, as far as they are exported: types are not. */
export function namesUsed(texts: readonly string[], exported: readonly string[]): readonly string[] {
  const called = new Set(texts.flatMap((text) => [...text.matchAll(/\bz\.(\w+)/g)].map(([, name]) => name)));
  return exported.filter((name) => called.has(name));
}

/** What a {@link program} is called once it has loaded everything. */
export const loadedTitle = 'loaded';

/** A program that loads these and then does nothing. @param imports as `<names> from <module>`; names may be `*` */
export function program(imports: readonly string[]): string {
  const kept: string[] = [];
  const lines = imports.map((each, index) => {
    const [names = '', module = ''] = each.split(' from ');
    const local = (name: string) => `${name}_${index}`;
    const all = names === '*';
    kept.push(...(all ? [local('all')] : names.split(', ').map(local)));
    const bound = all
      ? `* as ${local('all')}`
      : `{ ${names
          .split(', ')
          .map((name) => `${name} as ${local(name)}`)
          .join(', ')} }`;
    return `import ${bound} from ${JSON.stringify(module)};`;
  });
  return [
    ...lines,
    `globalThis.kept = [${kept.join(', ')}];`,
    `process.title = ${JSON.stringify(loadedTitle)};`,
    'setInterval(() => undefined, 60_000);',
    '',
  ].join('\n');
}

/** @returns the bundle's path */
export async function bundleLayer(layers: readonly Layer[], folder: string): Promise<string> {
  const entry = join(folder, `${layers.length}.entry.mjs`);
  const file = join(folder, `${layers.length}.mjs`);
  await writeFile(entry, program(layers.flatMap(({ imports }) => imports)));
  const later = loadedLater((await readSources()).map(({ text }) => text));
  const external = (id: string) => later.has(basename(id));
  const { input: _input, output: _output, ...asProduct } = productBundling;
  const bundling = await rolldown({ ...asProduct, input: entry, external });
  await bundling.write({ file, format: 'esm', minify: true });
  await bundling.close();
  return file;
}
