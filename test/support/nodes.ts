import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { npmInstall } from './npm.ts';

/** A Node that users run eventbaton on. */
export interface UsersNode {
  /** For example `22.19.0`. */
  readonly version: string;
  readonly program: string;
}

const root = resolve(import.meta.dirname, '../..');

/** The oldest version that package.json claims, for example `22.19.0`. */
export function oldestVersion(): string {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
  const version = /^>=(\d+\.\d+\.\d+)$/.exec(engines.node)?.[1];
  if (version === undefined) throw new Error(`package.json: engines.node is ${engines.node}, not >=MAJOR.MINOR.PATCH`);
  return version;
}

/** The one that the repository pins. */
export function pinnedNode(): UsersNode {
  const link = join(root, 'node_modules', '.bin', 'node');
  return known(existsSync(link) ? realpathSync(link) : process.execPath);
}

/**
 * The oldest one that package.json claims, from the registry. It has a package for each platform; the one called `node` only fetches that by an
 * install script.
 *
 * @param scratch a folder that it may be installed in
 */
export async function oldestNode(scratch: string): Promise<UsersNode> {
  const name = `node-${process.platform}-${process.arch}`;
  mkdirSync(scratch, { recursive: true });
  await npmInstall(scratch, `${name}@${oldestVersion()}`);
  return known(join(scratch, 'node_modules', name, 'bin', 'node'));
}

function known(program: string): UsersNode {
  const environment = { ...process.env, PATH: dirname(program) };
  return {
    version: execFileSync(program, ['--version'], { encoding: 'utf8', env: environment }).trim().slice(1),
    program,
  };
}
