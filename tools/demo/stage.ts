import { Installation } from '../trial/installation.ts';
import type { Arrival } from './arrivals.ts';
import { buildBundle } from './bundle.ts';
import { startPlane } from './plane.ts';
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

/** Sets everything up but the collectors. @param undos gets what has to be undone, at the moment when it has to be */
export async function setUp(
  screen: Screen,
  { embedded }: { readonly embedded: boolean },
  signal: AbortSignal,
  undos: Undo[],
): Promise<Stage> {
  screen.say('collector', `built into ${await buildBundle()}`);
  signal.throwIfAborted();
  const { plane, name } = await startPlane(screen, embedded);
  undos.push(() => plane.stop());
  signal.throwIfAborted();
  screen.say('cluster', `${name} answers on ${plane.url}`);
  const arrivals: Arrival[] = [];
  const installation = await Installation.apply(plane, {
    namespace,
    onRecord({ name: collector }, record, at) {
      if ('gap' in record || record.event.namespace === namespace) arrivals.push({ collector, at, record });
    },
  });
  undos.push(() => installation.remove());
  const kinds = [...new Set(installation.manifests.map(({ kind }) => kind))].join(', ');
  screen.say('objects', "applied, as `npx cdk8s synth` prints them; processes stand in for the DaemonSet's pods");
  screen.more(kinds);
  return { controlPlane: name, installation, arrivals };
}
