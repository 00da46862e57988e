import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

export const root = resolve(import.meta.dirname, '../..');

/** Rendered objects, as far as tests look into them. */
export interface Rendered {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export function readObjects(text: string): readonly Rendered[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0 || document.warnings.length > 0) throw new Error(String(document.errors[0]));
    return document.toJS();
  });
}

/**
 * What `cdk8s synth` writes in a copy of the example, by file, with the example's own cdk8s.yaml.
 *
 * @param install brings the packages into the folder; by default these sources as one of them
 */
export async function synthesise(
  example: string,
  install: (folder: string) => Promise<void> | void = installSources,
): Promise<ReadonlyMap<string, readonly Rendered[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'eventbaton-example-'));
  try {
    cpSync(join(root, 'examples', example), folder, { recursive: true });
    await install(folder);
    const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
    const words = [join(root, 'node_modules', '.bin', 'cdk8s'), 'synth', '--check-upgrade=false'];
    await promisify(execFile)(process.execPath, words, { cwd: folder, env: { ...process.env, PATH: path } });
    const dist = join(folder, 'dist');
    const names = readdirSync(dist).toSorted();
    return new Map(names.map((name) => [name, readObjects(readFileSync(join(dist, name), 'utf8'))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One copy of cdk8s for example and sources, as npm installs it for users. */
function installSources(folder: string): void {
  const modules = join(folder, 'node_modules');
  const own = join(modules, 'eventbaton');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(join(own, 'index.js'), `export * from '${pathToFileURL(join(root, 'src', 'index.ts')).href}';\n`);
  for (const name of ['cdk8s', 'constructs']) symlinkSync(join(root, 'node_modules', name), join(modules, name));
}
