import { describe, onTestFailed, onTestFinished } from 'vitest';
import { findBinaries } from '../../tools/cluster/binaries.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { Installation, type InstallationOptions } from '../../tools/trial/installation.ts';
import type { Pace, Workload } from '../../tools/trial/workload.ts';

export { isProbe, named, requestsOf } from '../../tools/trial/requests.ts';

/** Skipped, which the setup says loudly, where there is no control plane. */
export const describeReal = describe.skipIf(findBinaries() === undefined);

/** An installation for one test: removed at its end, its logs shown if it failed. */
export async function install(plane: ControlPlane, options: InstallationOptions): Promise<Installation> {
  const installation = await Installation.apply(plane, options);
  onTestFailed(() => void process.stderr.write(`${installation.logs}\n`));
  onTestFinished(() => installation.remove());
  return installation;
}

/** A workload that runs until it is stopped, at the latest with the test. */
export function startWorkload(workload: Workload, pace: Pace): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const running = workload.run(pace, stopping.signal);
  const stop = async () => {
    stopping.abort();
    await running;
  };
  onTestFinished(stop);
  return { stop };
}

/** Told beside the results: a figure of this machine, for a person to look at. */
export function tell(what: string, figure: number, unit: 'ms' | 'MiB' = 'ms'): void {
  process.stderr.write(`  ${what}: ${Math.round(figure)} ${unit}\n`);
}
