import { ensureHelms } from '../../tools/helm/binaries.ts';
import { progressOn } from '../../tools/support/progress.ts';

/** Before the suites of the chart: the Helms that render and install it. */
export async function setup(): Promise<void> {
  const progress = progressOn(process.stderr, 'helm: ');
  const say = (line: string) => progress.say(line);
  const helms = await ensureHelms(progress);
  if (helms !== undefined) return say(`${helms.helm3} and ${helms.helm4}`);
  say('THE HELM SUITES ARE SKIPPED: there are neither a built Helm 3 and Helm 4 nor a Go to build them with');
  if (process.env['CI'] === 'true') say('install Go 1.26 or newer on this machine, so that they run');
}
