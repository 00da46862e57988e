import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { npmInstall } from './npm.ts';

/** A Node that users run their apps on; without a program where this machine has none, and for what reason. */
export interface UsersNode {
  readonly major: number;
  readonly program?: string;
  readonly missing?: string;
}

const root = resolve(import.meta.dirname, '../..');

/** The one that the repository pins. */
export function pinnedNode(): UsersNode {
  const link = join(root, 'node_modules', '.bin', 'node');
  return known(existsSync(link) ? realpathSync(link) : process.execPath);
}

/** The machine's own Node 20, or one from the registry. @param scratch a folder that it may be installed in */
export async function node20(scratch: string): Promise<UsersNode> {
  const program = ownNode20() ?? (await installedNode20(scratch));
  return program instanceof Error ? { major: 20, missing: program.message } : known(program);
}

function known(program: string): UsersNode {
  return { major: majorOf(program), program };
}

function ownNode20(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'))
    .find((program) => existsSync(program) && majorOf(program) === 20);
}

/** By the name of the platform's package: the one called `node` only fetches that by an install script. */
async function installedNode20(scratch: string): Promise<string | Error> {
  const name = `node-${process.platform}-${process.arch}`;
  mkdirSync(scratch, { recursive: true });
  try {
    await npmInstall(scratch, `${name}@20`);
  } catch (error) {
    return error as Error;
  }
  return join(scratch, 'node_modules', name, 'bin', 'node');
}

function majorOf(program: string): number {
  const environment = { ...process.env, PATH: dirname(program) };
  const version = execFileSync(program, ['--version'], { encoding: 'utf8', env: environment });
  return Number(/^v(\d+)\./.exec(version)?.[1]);
}
