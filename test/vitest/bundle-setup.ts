import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Builds what the collectors of a trial run. */
export function setup(): void {
  execFileSync(process.execPath, [join(root, 'node_modules', '.bin', 'rolldown'), '-c', 'runtime/rolldown.config.ts'], {
    cwd: root,
  });
}
