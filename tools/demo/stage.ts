import type { ManifestObject } from '../cluster/admin-client.ts';
import { Installation, type InstallationOptions, type Reachable } from '../trial/installation.ts';
import type { Arrival } from './arrivals.ts';
import { buildBundle } from '../support/bundle.ts';
import { ForeignObjects, isGone } from './foreign-objects.ts';
import { reachPlane } from './foreign-plane.ts';
import type { Place } from './options.ts';
import { startEmbeddedPlane, startRealPlane } from './plane.ts';
import type { Screen } from '../support/screen.ts';

/** What the demo plays on. */
export interface Stage {
  /** Version and origin, as it says of itself. */
  readonly controlPlane: string;
  readonly installation: Installation<Reachable>;
  /** What the collectors' standard outputs brought, in order of arrival. */
  readonly arrivals: readonly Arrival[];
}

export interface StageOptions {
  readonly place: Place;
}

/** Undoes what was done, the latest first. */
export type Undo = () => Promise<void>;

/** Sets everything up but the collectors. @param undos gets what has to be undone, at the moment when it has to be */
export async function setUp(
  screen: Screen,
  { place }: StageOptions,
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
  return place.kind === 'kubeconfig'
    ? { ...(await onForeignPlane(screen, place.file, options, signal, undos)), arrivals }
    : { ...(await onOwnPlane(screen, place.kind, options('demo'), signal, undos)), arrivals };
}

type EmptyStage = Omit<Stage, 'arrivals'>;

async function onOwnPlane(
  screen: Screen,
  kind: 'embedded' | 'real',
  options: InstallationOptions,
  signal: AbortSignal,
  undos: Undo[],
): Promise<EmptyStage> {
  const { plane, name } = await (kind === 'real' ? startRealPlane(screen) : startEmbeddedPlane(screen));
  undos.push(() => plane.stop());
  signal.throwIfAborted();
  screen.say('cluster', `answers on ${plane.url}`);
  screen.more(name);
  const installation = await Installation.apply(plane, options);
  undos.push(() => installation.remove());
  tellObjects(screen, installation.manifests);
  return { controlPlane: name, installation };
}

/** How long the cluster's namespace controller is waited for. */
const removalLimitMs = 20_000;

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
  const options = { ...optionsFor(namespace), props: { watchNamespace: namespace } };
  const installation = await Installation.prepare(plane, options);
  const manifests = installation.manifests.filter(({ kind }) => kind !== 'DaemonSet');
  const clusterWide = manifests.filter(({ metadata }) => metadata.namespace === undefined);
  screen.say('cluster', name);
  screen.more(`as ${kubeconfig} reaches it. Made there, and removed at the end:`);
  for (const { kind, metadata } of [namespaceNamed(namespace), ...clusterWide])
    screen.more(`  ${kind} ${metadata.name}`);
  screen.more(
    'Events are read and written in that namespace alone; no pod is started, the collectors run on this machine, with tokens of their service account',
  );
  screen.more('Should this be killed with -9, delete those three yourself.');

  const objects = new ForeignObjects(plane.admin);
  undos.push(async () => {
    if (await objects.remove()) await tellRemoval(screen, plane.admin, namespace);
  });
  undos.push(() => installation.remove());
  for (const object of [namespaceNamed(namespace), ...manifests]) {
    signal.throwIfAborted();
    await objects.make(object);
  }
  tellObjects(screen, manifests);
  return { controlPlane: name, installation };
}

function namespaceNamed(name: string): ManifestObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** Says no more than what is so. */
async function tellRemoval(screen: Screen, admin: Reachable['admin'], namespace: string): Promise<void> {
  screen.say('cluster', 'everything that was made is deleted; its namespace ends');
  if (await isGone(admin, namespace, removalLimitMs)) return screen.say('cluster', 'it is gone, and nothing is left');
  screen.say('cluster', 'not gone yet: the cluster has still to empty it', 'turn');
  screen.more(`namespace ${namespace}`);
}

function tellObjects(screen: Screen, objects: readonly ManifestObject[]): void {
  screen.say('objects', 'as `npx cdk8s synth` prints them; processes are the pods');
  screen.more([...new Set(objects.map(({ kind }) => kind))].join(', '));
}
