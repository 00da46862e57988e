import { expectProgram } from '../../tools/support/run-program.ts';

/** Runs a program to its end. Throws with what was tried, and what it said. @returns its standard output */
export async function run(
  folder: string,
  program: string,
  words: readonly string[],
  path = process.env['PATH'],
): Promise<string> {
  const { stdout } = await expectProgram(program, words, { folder, env: { ...process.env, PATH: path } });
  return stdout;
}

/** Installs what the folder's package.json lists, and these. */
export async function npmInstall(folder: string, ...packages: readonly string[]): Promise<void> {
  await run(folder, 'npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', ...packages]);
}

export interface Packed {
  readonly tarball: string;
  readonly files: readonly string[];
  readonly unpackedSize: number;
}

/** Packs the package that is to be published. Its scripts build it; the repository has scripts switched off. */
export async function npmPack(root: string, folder: string): Promise<Packed> {
  const scripts = ['--ignore-scripts=false', '--foreground-scripts=false'];
  const said = await run(root, 'npm', ['pack', ...scripts, '--json', '--pack-destination', folder]);
  const [{ filename, files, unpackedSize }] = JSON.parse(said);
  return {
    tarball: `${folder}/${filename}`,
    files: files.map(({ path }: { readonly path: string }) => path),
    unpackedSize,
  };
}
