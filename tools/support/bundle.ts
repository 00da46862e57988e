import { execFile } from 'node:child_process';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../trial/pod.ts';

const root = join(import.meta.dirname, '..', '..');

/** Builds what the image runs, as `npm run build` does. @returns its path, for people */
export async function buildBundle(): Promise<string> {
  const rolldown = join(root, 'node_modules', '.bin', 'rolldown');
  await promisify(execFile)(process.execPath, [rolldown, '-c', 'runtime/rolldown.config.ts'], { cwd: root });
  return relative(root, bundle);
}
