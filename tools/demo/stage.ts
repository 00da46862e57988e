import type { ManifestObject } from '../cluster/admin-client.ts';
import { Installation, type InstallationOptions, type Reachable } from '../trial/installation.ts';
import type { Arrival } from './arrivals.ts';
import { buildBundle } from './bundle.ts';
import { reachPlane } from './foreign-plane.ts';
import { startPlane } from './plane.ts';
import type { Screen } from './screen.ts';

/** What the demo plays on. */
export interface Stage {
  /** Version and origin, as it says of itself. */
  readonly controlPlane: string;
  readonly installation: Installation<Reachable>;
  /** What the collectors' standard outputs brought, in order of arrival. */
  readonly arrivals: readonly Arrival[];
}

export interface StageOptions {
  /** On the embedded API server, whatever else there is. */
  readonly embedded: boolean;
  /** On the cluster that it reaches, in a namespace of its own. */
  readonly kubeconfig: string | undefined;
}

/** Undoes what was done, the latest first. */
export type Undo = () => Promise<void>;

/** Sets everything up but the collectors. @param undos gets what has to be undone, at the moment when it has to be */
export async function setUp(
  screen: Screen,
  { embedded, kubeconfig }: StageOptions,
  signal: AbortSignal,
  undos: Undo[],
): Promise<Stage> {
  screen.say('collector', `built into ${await buildBundle()}`);
  signal.throwIfAborted();
  const arrivals: Arrival[] = [];
  const options = (namespace: string): InstallationOptions => ({
    namespace,
    onRecord({ name: collector }, record, at) {
      if ('gap' in record || record.event.namespace === namespace) arrivals.push({ collector, at, record });
    },
  });
  return kubeconfig === undefined
    ? { ...(await onOwnPlane(screen, embedded, options('demo'), signal, undos)), arrivals }
    : { ...(await onForeignPlane(screen, kubeconfig, options, signal, undos)), arrivals };
}

type EmptyStage = Omit<Stage, 'arrivals'>;

async function onOwnPlane(
  screen: Screen,
  embedded: boolean,
  options: InstallationOptions,
  signal: AbortSignal,
  undos: Undo[],
): Promise<EmptyStage> {
  const { plane, name } = await startPlane(screen, embedded);
  undos.push(() => plane.stop());
  signal.throwIfAborted();
  screen.say('cluster', `${name} answers on ${plane.url}`);
  const installation = await Installation.apply(plane, options);
  undos.push(() => installation.remove());
  tellObjects(screen, installation.manifests);
  return { controlPlane: name, installation };
}

/** Only the one namespace is watched, and no workload is applied: this machine's processes are the collectors. */
async function onForeignPlane(
  screen: Screen,
  kubeconfig: string,
  optionsFor: (namespace: string) => InstallationOptions,
  signal: AbortSignal,
  undos: Undo[],
): Promise<EmptyStage> {
  const { plane, name, namespace } = await reachPlane(kubeconfig);
  signal.throwIfAborted();
  screen.say('cluster', `${name}, as ${kubeconfig} reaches it`);
  screen.more(
    `the demo makes namespace ${namespace} there, with one ClusterRole and binding of that name, and removes them`,
  );
  screen.more('it reads and writes Events of that namespace alone; the collectors run here, no pod is started');
  const options = { ...optionsFor(namespace), props: { watchNamespace: namespace } };
  const installation = await Installation.prepare(plane, options);
  undos.push(() => installation.remove());
  const objects = installation.manifests.filter(({ kind }) => kind !== 'DaemonSet');
  const clusterWide = objects.filter(({ metadata }) => metadata.namespace === undefined);
  undos.push(async () => {
    await installation.deleteObjects(clusterWide);
    screen.say('cluster', `namespace ${namespace} and what belongs to it are removed`);
  });
  await installation.applyObjects(objects);
  tellObjects(screen, objects);
  return { controlPlane: name, installation };
}

function tellObjects(screen: Screen, objects: readonly ManifestObject[]): void {
  screen.say('objects', "applied, as `npx cdk8s synth` prints them; processes stand in for the DaemonSet's pods");
  screen.more([...new Set(objects.map(({ kind }) => kind))].join(', '));
}
