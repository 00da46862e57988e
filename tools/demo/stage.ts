import { ensureBinaries } from '../cluster/binaries.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { startControlPlane } from '../cluster/real.ts';
import { Installation } from '../trial/installation.ts';
import type { Arrival } from './arrivals.ts';
import { buildBundle } from './bundle.ts';
import { DemoError } from './demo-error.ts';
import type { Screen } from './screen.ts';

/** What the demo plays on. */
export interface Stage {
  /** Version and origin, as it says of itself. */
  readonly controlPlane: string;
  readonly installation: Installation;
  /** What the collectors' standard outputs brought, in order of arrival. */
  readonly arrivals: readonly Arrival[];
}

/** Undoes what was done, the latest first. */
export type Undo = () => Promise<void>;

const namespace = 'demo';

const noControlPlane = `The demo runs on a real kube-apiserver and etcd, and there are none yet. Either

  - install Go 1.26 or newer (https://go.dev/dl) and run this again: it builds them once, in about 6 minutes; or
  - set KUBEBUILDER_ASSETS to a folder that holds etcd, kube-apiserver and kubectl.`;

/** Sets everything up but the collectors. @param undos gets what has to be undone, at the moment when it has to be */
export async function setUp(screen: Screen, signal: AbortSignal, undos: Undo[]): Promise<Stage> {
  const binaries = await ensureBinaries((line) => screen.say('cluster', line)).catch((error: Error) => {
    throw new DemoError(error.message); // a wrong folder, or what the compiler said
  });
  signal.throwIfAborted();
  if (binaries === undefined) throw new DemoError(noControlPlane);
  screen.say('collector', `built into ${await buildBundle()}`);
  signal.throwIfAborted();
  screen.say('cluster', `etcd and kube-apiserver start (${binaries.origin})`);
  const plane = await startControlPlane({}, binaries);
  undos.push(() => plane.stop());
  signal.throwIfAborted();
  const version = await versionOf(plane);
  screen.say('cluster', `kube-apiserver ${version} answers on ${plane.url}`);
  const arrivals: Arrival[] = [];
  const installation = await Installation.apply(plane, {
    namespace,
    onRecord({ name }, record, at) {
      if ('gap' in record || record.event.namespace === namespace) arrivals.push({ collector: name, at, record });
    },
  });
  undos.push(() => installation.remove());
  const kinds = [...new Set(installation.manifests.map(({ kind }) => kind))].join(', ');
  screen.say('objects', "applied, as `npx cdk8s synth` prints them; processes stand in for the DaemonSet's pods");
  screen.more(kinds);
  return { controlPlane: `kube-apiserver ${version} (${binaries.origin})`, installation, arrivals };
}

async function versionOf(plane: ControlPlane): Promise<string> {
  return (await plane.admin.expect<{ readonly gitVersion: string }>('GET', '/version')).gitVersion;
}
