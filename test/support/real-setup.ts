import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBinaries } from '../../tools/cluster/binaries.ts';

const root = join(import.meta.dirname, '..', '..');

/** Before the real suites: the bundle that they run, and the control plane that they run it against. */
export async function setup(): Promise<void> {
  execFileSync(process.execPath, [join(root, 'node_modules', '.bin', 'rolldown'), '-c', 'runtime/rolldown.config.ts'], {
    cwd: root,
  });
  const say = (line: string) => void process.stderr.write(`control plane: ${line}\n`);
  const binaries = await ensureBinaries(say);
  if (binaries !== undefined) return say(`kube-apiserver from ${binaries.origin}`);
  say('THE REAL SUITES ARE SKIPPED: there is neither a built control plane nor a Go to build one with');
  if (process.env['CI'] === 'true') say('install Go 1.26 or newer on this machine, so that they run');
}
