import { ClusterStore, type ClusterStoreOptions } from '../../../../tools/cluster/store/cluster-store.ts';
import { kindNamed } from '../../../../tools/cluster/store/kinds.ts';
import type { StoredObject, Target } from '../../../../tools/cluster/store/object.ts';
import type { Frame } from '../../../../tools/cluster/store/watching.ts';

export const startedAt = Date.parse('2030-01-01T00:00:00Z');
export const events = { kind: kindNamed('Event'), namespace: 'default' };
export const leases = { kind: kindNamed('Lease'), namespace: 'default' };

export function newStore(options: Partial<ClusterStoreOptions> = {}): ClusterStore {
  let made = 0;
  const next = (prefix: string) => () => `${prefix}${(made += 1)}`;
  return new ClusterStore({ now: startedAt, newUid: next('uid-'), newSuffix: next(''), ...options });
}

export function eventTarget(name: string): Target {
  return { ...events, name };
}

export function write(store: ClusterStore, name: string, message = 'text'): StoredObject {
  const about = { kind: 'Pod', namespace: 'default', name: 'cart' };
  const sent = { metadata: { name }, involvedObject: about, reason: 'Test', message };
  return store.find(eventTarget(name)) === undefined
    ? store.create(events, sent)
    : store.patch(eventTarget(name), { message }).object;
}

export function hold(store: ClusterStore, name: string): StoredObject {
  return store.create(leases, { metadata: { name }, spec: { holderIdentity: 'a' } });
}

/** The present resourceVersion of Events. */
export function probe(store: ClusterStore): number {
  return Number(store.list(events, { fieldSelector: 'metadata.name=no-such-event' }).metadata.resourceVersion);
}

/** What a watch was told, as long as it is open. */
export function watched(
  store: ClusterStore,
  collection: Parameters<ClusterStore['watch']>[0],
  query: Parameters<ClusterStore['watch']>[1],
  endsAt?: number,
): { readonly frames: Frame[]; close(): void } {
  const frames: Frame[] = [];
  const { close } = store.watch(collection, query, (frame) => frames.push(frame), endsAt);
  return { frames, close };
}

/** Type, name and resourceVersion of each frame. */
export function outline(frames: readonly Frame[]): readonly string[] {
  return frames.map(({ type, object }) =>
    type === 'ERROR'
      ? `ERROR ${object.code}`
      : `${type} ${object.metadata.name ?? ''} ${object.metadata.resourceVersion}`,
  );
}
