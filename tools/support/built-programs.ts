/**
 * Programs that the ordinary Go client builds from committed go.mod and go.sum files without code of ours. They are kept in a cache outside the
 * repository, told apart by what they were built from.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buildBinary, type GoBuild, goVersion } from './go-build.ts';
import type { Progress } from './progress.ts';

export type Recipe = Omit<GoBuild, 'output'>;

/** Programs that are of use together only. */
export interface ProgramSet<File extends string> {
  /** With its article, for people: `a control plane`. */
  readonly title: string;
  /** For people: `about 6 minutes on two cores`. */
  readonly duration: string;
  /** First part of the cache folder's name, with the versions. */
  readonly name: string;
  readonly recipes: Readonly<Record<File, Recipe>>;
}

export type ProgramPaths<File extends string> = Readonly<Record<File, string>>;

/** Those that were built before; undefined unless all are there. */
export function findPrograms<File extends string>(
  set: ProgramSet<File>,
  environment: NodeJS.ProcessEnv,
): ProgramPaths<File> | undefined {
  const folder = cacheFolder(set, environment);
  const paths = filesOf(set).map((file) => [file, join(folder, file)] as const);
  if (!paths.every(([, path]) => existsSync(path))) return undefined;
  return Object.fromEntries(paths) as ProgramPaths<File>;
}

/** Builds what is missing, saying what it does. @returns undefined where there is no Go */
export async function buildPrograms<File extends string>(
  set: ProgramSet<File>,
  progress: Progress,
  environment: NodeJS.ProcessEnv,
): Promise<ProgramPaths<File> | undefined> {
  const go = await goVersion(environment);
  if (go === undefined) return undefined;
  const folder = cacheFolder(set, environment);
  progress.say(`building ${set.title} with ${go}, once, for ${folder} (${set.duration})`);
  await build(set, folder, progress, environment);
  return findPrograms(set, environment);
}

/** Named after everything that decides what is in it. */
export function cacheFolder(
  { name, recipes }: Pick<ProgramSet<string>, 'name' | 'recipes'>,
  environment: NodeJS.ProcessEnv,
): string {
  const hash = createHash('sha256');
  const modules = new Set(Object.values(recipes).map(({ module }) => module));
  for (const module of modules) {
    for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(module, file)));
  }
  const caches = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(caches, 'eventbaton', `${name}-${hash.digest('hex').slice(0, 12)}`);
}

/** Each program appears in the cache at one stroke, so that two builds at once, or one that is broken off, do no harm. */
async function build<File extends string>(
  set: ProgramSet<File>,
  folder: string,
  progress: Progress,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'building-'));
  const files = filesOf(set);
  try {
    for (const [index, file] of files.entries()) {
      if (existsSync(join(folder, file))) continue;
      const title = files.length === 1 ? file : `${index + 1} of ${files.length}: ${file}`;
      const output = join(scratch, file);
      const seconds = await buildBinary({ ...set.recipes[file], output }, environment, (s) =>
        progress.move(`${title}, ${s} s`),
      );
      progress.say(`${title}, ${seconds} s`);
      renameSync(output, join(folder, file));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function filesOf<File extends string>({ recipes }: ProgramSet<File>): readonly File[] {
  return Object.keys(recipes) as File[];
}
