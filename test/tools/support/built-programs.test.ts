import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildPrograms, cacheFolder, findPrograms, type ProgramSet } from '../../../tools/support/built-programs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const silent = { say: () => undefined, move: () => undefined };

/** Two programs from one module, and a Go that builds all but what `refused` names. */
function workshop() {
  const folder = temporaryFolder();
  const module = join(folder, 'module');
  mkdirSync(module);
  writeFileSync(join(module, 'go.mod'), 'module a\n');
  writeFileSync(join(module, 'go.sum'), '');
  const log = join(folder, 'go.log');
  const refused = join(folder, 'refused');
  writeFileSync(
    join(folder, 'go'),
    `#!/bin/sh
[ "$1" = version ] && { echo go version go1.26.8; exit; }
for package; do :; done
echo "$@" >> ${log}
[ -e ${refused}-$package ] && { echo "no $package for you" >&2; exit 1; }
while [ "$1" != -o ]; do shift; done
echo $package > $2
`,
    { mode: 0o755 },
  );
  const set: ProgramSet<'first' | 'second'> = {
    title: 'two things',
    duration: 'no time',
    name: 'things-v1',
    recipes: {
      first: { module, package: 'a.io/first', variables: { 'a.io/version.version': 'v1', 'a.io/version.major': '1' } },
      second: { module, package: 'second', variables: {} },
    },
  };
  const environment = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: `${folder}:/usr/bin:/bin` };
  const built = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);
  return { module, set, environment, built, refuse: (name: string) => writeFileSync(`${refused}-${name}`, '') };
}

describe('programs that are built from module files', () => {
  test('are built once, with progress, and found again', async () => {
    const { set, environment, built } = workshop();
    expect(findPrograms(set, environment)).toBeUndefined();
    const said: string[] = [];
    const paths = await buildPrograms(set, { say: (line) => said.push(line), move: () => undefined }, environment);
    expect(findPrograms(set, environment)).toEqual(paths);
    expect(readFileSync(paths?.first ?? '', 'utf8')).toBe('a.io/first\n');
    const folder = cacheFolder(set, environment);
    expect(said.map((line) => line.replace(/\d+ s$/, 'N s'))).toEqual([
      `building two things with go version go1.26.8, once, for ${folder} (no time)`,
      '1 of 2: first, N s',
      '2 of 2: second, N s',
    ]);
    expect(readdirSync(folder).sort()).toEqual(['first', 'second']);
    expect(built()[0]).toContain('-ldflags -s -w -X a.io/version.version=v1 -X a.io/version.major=1 -o ');
    await buildPrograms(set, silent, environment);
    expect(built()).toHaveLength(2);
  });

  test('are kept as far as they got when a build fails, and its error says what the compiler said', async () => {
    const { module, set, environment, built, refuse } = workshop();
    refuse('second');
    const building = buildPrograms(set, silent, environment);
    await expect(building).rejects.toThrow(/^go build .* second in .*module ended with 1:\nno second for you/);
    expect(readdirSync(cacheFolder(set, environment))).toEqual(['first']);
    expect(findPrograms(set, environment)).toBeUndefined();
    await expect(buildPrograms(set, silent, environment)).rejects.toThrow(module);
    expect(built().filter((words) => words.endsWith('first'))).toHaveLength(1);
  });

  test('are other programs when a module file changes', () => {
    const { module, set, environment } = workshop();
    const before = cacheFolder(set, environment);
    expect(cacheFolder(set, environment)).toBe(before);
    writeFileSync(join(module, 'go.sum'), 'another sum\n');
    expect(cacheFolder(set, environment)).not.toBe(before);
    expect(dirname(cacheFolder(set, environment))).toBe(dirname(before));
  });

  test('are not built where there is no Go', async () => {
    const { set, environment } = workshop();
    expect(await buildPrograms(set, silent, { ...environment, PATH: '/nowhere' })).toBeUndefined();
    expect(existsSync(cacheFolder(set, environment))).toBe(false);
  });
});
