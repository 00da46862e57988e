import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ensureHelms, findHelms, helm3, helm4 } from '../../../tools/helm/binaries.ts';
import { cacheFolder } from '../../../tools/support/built-programs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** An environment with an empty cache and no Go. */
function surroundings() {
  const folder = temporaryFolder();
  const environment: NodeJS.ProcessEnv = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: folder };
  const cached3 = join(cacheFolder(helm3.build, environment), 'helm');
  const cached4 = join(cacheFolder(helm4.build, environment), 'helm');
  return { folder, environment, cached3, cached4 };
}

function put(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  return path;
}

describe('Helm 3 and Helm 4', () => {
  test('are taken from the variables before the cache, each by itself', () => {
    const { folder, environment, cached3, cached4 } = surroundings();
    put(cached3);
    put(cached4);
    const mine = put(join(folder, 'mine'));
    expect(findHelms(environment)).toEqual({ helm3: cached3, helm4: cached4 });
    expect(findHelms({ ...environment, HELM3: mine })).toEqual({ helm3: mine, helm4: cached4 });
    expect(findHelms({ ...environment, HELM4: mine })).toEqual({ helm3: cached3, helm4: mine });
  });

  test('are not there while one of them is missing', () => {
    const { environment, cached3, cached4 } = surroundings();
    expect(findHelms(environment)).toBeUndefined();
    put(cached3);
    expect(findHelms(environment)).toBeUndefined();
    put(cached4);
    expect(findHelms(environment)).toBeDefined();
  });

  test('are not taken from elsewhere where a variable names one that is not there', () => {
    const { folder, environment, cached3, cached4 } = surroundings();
    put(cached3);
    put(cached4);
    const gone = join(folder, 'gone');
    expect(() => findHelms({ ...environment, HELM4: gone })).toThrow(`HELM4 is set, but there is no ${gone}`);
  });

  test('cannot be had without a build and without Go, which is no error', async () => {
    const { environment } = surroundings();
    const said: string[] = [];
    expect(
      await ensureHelms({ say: (line) => said.push(line), move: (line) => said.push(line) }, environment),
    ).toBeUndefined();
    expect(said).toEqual([]);
  });

  test('are kept under their versions', () => {
    const environment = { XDG_CACHE_HOME: '/caches' };
    expect(cacheFolder(helm3.build, environment)).toMatch(/^\/caches\/eventbaton\/helm-v3\.\d+\.\d+-[\da-f]{12}$/);
    expect(cacheFolder(helm4.build, environment)).toMatch(/^\/caches\/eventbaton\/helm-v4\.\d+\.\d+-[\da-f]{12}$/);
  });
});
