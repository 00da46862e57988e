import { ensureBinaries } from '../../tools/cluster/binaries.ts';
import { progressOn } from '../../tools/support/progress.ts';
import { setup as buildBundle } from './bundle-setup.ts';
import { setup as setUpHelms } from './helm-setup.ts';

/** Before the real suites: the bundle that they run, the control plane that they run it against, and the Helms that install it. */
export async function setup(): Promise<void> {
  buildBundle();
  await setUpControlPlane();
  await setUpHelms();
}

async function setUpControlPlane(): Promise<void> {
  const progress = progressOn(process.stderr, 'control plane: ');
  const say = (line: string) => progress.say(line);
  const binaries = await ensureBinaries(progress);
  if (binaries !== undefined) return say(`kube-apiserver from ${binaries.origin}`);
  say('THE REAL SUITES ARE SKIPPED: there is neither a built control plane nor a Go to build one with');
  if (process.env['CI'] === 'true') say('install Go 1.26 or newer on this machine, so that they run');
}
