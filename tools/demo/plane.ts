import { type Binaries, ensureBinaries } from '../cluster/binaries.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { startEmbeddedControlPlane } from '../cluster/embedded/control-plane.ts';
import { startControlPlane } from '../cluster/real.ts';
import { DemoError } from './demo-error.ts';
import type { Screen } from '../support/screen.ts';

export interface NamedPlane {
  readonly plane: ControlPlane;
  /** Version and origin, for people. */
  readonly name: string;
}

/** A real control plane, built once with Go. Throws a `DemoError` if there is neither a built one nor Go. */
export async function startRealPlane(screen: Screen): Promise<NamedPlane> {
  const binaries = await realBinaries(screen);
  screen.say('cluster', `etcd and kube-apiserver start (${binaries.origin})`);
  const plane = await startControlPlane({}, binaries);
  const { gitVersion } = await plane.admin.expect<{ readonly gitVersion: string }>('GET', '/version');
  return { plane, name: `kube-apiserver ${gitVersion} (${binaries.origin})` };
}

async function realBinaries(screen: Screen): Promise<Binaries> {
  const progress = screen.progress('cluster');
  const binaries = await ensureBinaries(progress).catch((error: Error) => {
    throw new DemoError(error.message); // a wrong folder, or what the compiler said
  });
  if (binaries !== undefined) return binaries;
  throw new DemoError(
    '--real needs a kube-apiserver: install Go 1.26 or newer, which builds it, or set KUBEBUILDER_ASSETS to a folder that holds etcd, kube-apiserver and kubectl. `npm start` runs without it.',
  );
}

/** A model of etcd and kube-apiserver in this process: starts at once. */
export async function startEmbeddedPlane(screen: Screen): Promise<NamedPlane> {
  screen.say('cluster', 'the embedded API server starts');
  screen.more(
    'a model of etcd and kube-apiserver that tests compare with the real ones; it has no access rules (RBAC)',
  );
  const plane = await startEmbeddedControlPlane();
  return { plane, name: plane.name };
}
