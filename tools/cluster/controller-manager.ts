/**
 * kube-controller-manager as one candidate for a Lease: client-go's own leader election, to try ours against. It runs one harmless controller
 * once it leads; when it loses the Lease, it ends by itself. It releases nothing at its end.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from './binaries.ts';
import type { ControlPlane } from './control-plane.ts';
import { freePort, Server } from './server.ts';

export interface CandidateOptions {
  readonly leaseName: string;
  readonly leaseNamespace: string;
  /** Its renew deadline is two thirds of it, its retry period two fifteenths, as with the defaults of 15, 10 and 2 s. */
  readonly leaseSeconds: number;
}

export class ControllerManager {
  readonly #folder: string;
  readonly #server: Server;

  constructor(folder: string, server: Server) {
    this.#folder = folder;
    this.#server = server;
  }

  /** One that is not started yet. */
  static async create(
    { kubeconfigFile }: Pick<ControlPlane, 'kubeconfigFile'>,
    { leaseName, leaseNamespace, leaseSeconds }: CandidateOptions,
  ): Promise<ControllerManager> {
    const command = findBinaries()?.kubeControllerManager;
    if (command === undefined)
      throw new Error('these binaries bring no kube-controller-manager: unset KUBEBUILDER_ASSETS');
    const folder = await mkdtemp(join(tmpdir(), `eventbaton-controller-manager-${process.pid}-`));
    const flags = {
      kubeconfig: kubeconfigFile,
      'secure-port': String(await freePort()),
      'bind-address': '127.0.0.1',
      'cert-dir': folder,
      controllers: 'ttl',
      'leader-elect': 'true',
      'leader-elect-resource-lock': 'leases',
      'leader-elect-resource-name': leaseName,
      'leader-elect-resource-namespace': leaseNamespace,
      'leader-elect-lease-duration': `${leaseSeconds}s`,
      'leader-elect-renew-deadline': `${Math.round((leaseSeconds * 2_000) / 3)}ms`,
      'leader-elect-retry-period': `${Math.round((leaseSeconds * 2_000) / 15)}ms`,
    };
    const server = new Server({
      name: 'kube-controller-manager',
      command,
      flags: Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
      logFile: join(folder, 'kube-controller-manager.log'),
      // Whether it leads shows in the Lease; before that there is nothing to wait for.
      ready: async () => true,
    });
    return new ControllerManager(folder, server);
  }

  /** Also after a stop: then as another candidate, for each process has an identity of its own. */
  start(): Promise<void> {
    return this.#server.start();
  }

  /** By default as a crash. */
  stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    return this.#server.stop(signal);
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
