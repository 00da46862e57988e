import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { publicDeclarations } from './public-declarations.ts';

/** Writes the types of everything that src/index.ts exports. */
export async function writeDeclarations(root: string, folder: string): Promise<void> {
  const emitted = mkdtempSync(join(tmpdir(), 'eventbaton-declarations-'));
  try {
    await emitDeclarations(root, emitted);
    const read = (path: string) => readFileSync(join(emitted, 'src', path), 'utf8');
    for (const [path, text] of publicDeclarations('index.d.ts', read)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  } finally {
    rmSync(emitted, { recursive: true });
  }
}

async function emitDeclarations(root: string, folder: string): Promise<void> {
  const words = [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    'tools/package/declarations.tsconfig.json',
    '--outDir',
    folder,
  ];
  try {
    await promisify(execFile)(process.execPath, words, { cwd: root });
  } catch (error) {
    const { code, stdout } = error as { readonly code: unknown; readonly stdout: string };
    throw new Error(
      `tsc emitted no declarations of src/index.ts and ended with ${String(code)}: see npm run check\n${stdout}`,
      { cause: error },
    );
  }
}
