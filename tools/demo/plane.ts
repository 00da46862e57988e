import { ensureBinaries } from '../cluster/binaries.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { startEmbeddedControlPlane } from '../cluster/embedded/control-plane.ts';
import { startControlPlane } from '../cluster/real.ts';
import { DemoError } from './demo-error.ts';
import type { Screen } from '../support/screen.ts';

export interface NamedPlane {
  readonly plane: ControlPlane;
  /** Version and origin, as it says of itself. */
  readonly name: string;
}

/** A real control plane, which Go builds once; the embedded one where it is asked for, or where nothing else can be had. */
export async function startPlane(screen: Screen, embedded: boolean): Promise<NamedPlane> {
  const binaries = embedded ? undefined : await realBinaries(screen);
  if (binaries === undefined) return startEmbedded(screen, embedded);
  screen.say('cluster', `etcd and kube-apiserver start (${binaries.origin})`);
  const plane = await startControlPlane({}, binaries);
  const { gitVersion } = await plane.admin.expect<{ readonly gitVersion: string }>('GET', '/version');
  return { plane, name: `kube-apiserver ${gitVersion} (${binaries.origin})` };
}

async function realBinaries(screen: Screen): ReturnType<typeof ensureBinaries> {
  let hinted = false;
  try {
    return await ensureBinaries((line) => {
      screen.say('cluster', line);
      if (!hinted) screen.more('`npm start -- --embedded` plays at once, on a model of one');
      hinted = true;
    });
  } catch (error) {
    throw new DemoError((error as Error).message); // a wrong folder, or what the compiler said
  }
}

async function startEmbedded(screen: Screen, asked: boolean): Promise<NamedPlane> {
  if (!asked) screen.say('cluster', 'no Go to build one with, and KUBEBUILDER_ASSETS names none');
  screen.say('cluster', 'the embedded API server starts');
  screen.more('a model of etcd and kube-apiserver, held against them by tests');
  screen.more('hand-over and account are the real thing; it has no access rules (RBAC): those it proves nothing of');
  const plane = await startEmbeddedControlPlane();
  return { plane, name: plane.name };
}
