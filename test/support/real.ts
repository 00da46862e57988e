import { describe, onTestFailed, onTestFinished } from 'vitest';
import { findBinaries } from '../../tools/cluster/binaries.ts';
import type { AuditEntry } from '../../tools/cluster/audit-log.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { Installation, type InstallationOptions } from '../../tools/trial/installation.ts';
import type { Pace, Workload } from '../../tools/trial/workload.ts';

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

/** Every answered request and accepted watch of one client, in the order in which the server got them. */
export function requestsOf(entries: readonly AuditEntry[], identity: string): readonly AuditEntry[] {
  return entries
    .filter(({ userAgent, stage, verb }) => {
      const answered = stage === (verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete');
      return answered && userAgent.includes(`(${identity})`);
    })
    .sort((a, b) => a.receivedAt - b.receivedAt);
}

export function named({ verb, resource }: AuditEntry): string {
  return `${verb} ${resource}`;
}

/** Told beside the results: a figure of this machine, for a person to look at. */
export function tell(what: string, figure: number, unit: 'ms' | 'MiB' = 'ms'): void {
  process.stderr.write(`  ${what}: ${Math.round(figure)} ${unit}\n`);
}
