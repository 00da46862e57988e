/**
 * A model of what etcd and the API server do, without I/O and without a clock: time is handed in by {@link ClusterStore.advance}, new uids and
 * name suffixes by the options. One request is one call; what the API server refuses is thrown as a StatusError.
 *
 * Not modelled: admission beyond the life of namespaces, access rules, finalizers and owners, label selectors, `managedFields`, dry runs, pods.
 */
import { isDeepStrictEqual } from 'node:util';
import { applyPatch, type Brought } from './apply-patch.ts';
import type { Entry } from './history.ts';
import { kindNamed } from './kinds.ts';
import { list, type ListQuery, type ObjectList } from './listing.ts';
import { mergePatch } from './merge-patch.ts';
import {
  type Collection,
  isObject,
  type JsonObject,
  keptForm,
  type StoredObject,
  type Target,
  toldAt,
  wholeSeconds,
} from './object.ts';
import { assertNamed, readSent, withNamespaceDefaults } from './sent-object.ts';
import {
  alreadyExists,
  deletedStatus,
  forbidden,
  internalError,
  invalid,
  invalidValue,
  modified,
  notFound,
  type Status,
  tooLargeVersion,
  unconditionalUpdate,
  wrongUid,
  wrongVersion,
} from './status.ts';
import { readVersion, unreadableVersion } from './resource-version.ts';
import { type SavedEvents, Storage, type StorageOptions } from './storage.ts';
import { validate } from './validation.ts';
import { type FrameListener, type OpenWatch, Watches, type WatchQuery } from './watching.ts';

export interface ClusterStoreOptions extends StorageOptions {
  readonly newUid: () => string;
  /** For `generateName`. @returns a few lowercase letters and digits */
  readonly newSuffix: () => string;
}

export interface Written {
  readonly object: StoredObject;
  readonly created: boolean;
}

export interface DeletePreconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

const firstNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

export class ClusterStore {
  readonly #options: ClusterStoreOptions;
  readonly #storage: Storage;
  readonly #watches: Watches;
  /** By object and field manager. */
  readonly #brought = new Map<string, Brought>();

  constructor(options: ClusterStoreOptions) {
    this.#options = options;
    this.#storage = new Storage(options);
    this.#watches = new Watches(this.#storage);
    for (const name of firstNamespaces) this.create({ kind: kindNamed('Namespace') }, { metadata: { name } });
  }

  get now(): number {
    return this.#storage.now;
  }

  /** When something next happens by itself. */
  get dueAt(): number {
    return Math.min(this.#storage.dueAt, this.#watches.dueAt);
  }

  /** Lets time pass: Events expire, history is compacted, bookmarks are sent. @param now milliseconds since 1970; it never goes back */
  advance(now: number): void {
    for (let dueAt = this.dueAt; dueAt <= now; dueAt = this.dueAt) {
      this.#storage.advance(dueAt);
      this.#watches.sendBookmarks(dueAt);
    }
    this.#storage.advance(now);
  }

  /** @returns undefined where it is not there */
  find(target: Target): StoredObject | undefined {
    const entry = this.#storage.read(target);
    return entry === undefined ? undefined : toldAt(entry.value, entry.revision);
  }

  get(target: Target, resourceVersion?: string): StoredObject {
    const { revision } = this.#storage.historyOf(target.kind);
    const wanted = readVersion(resourceVersion) ?? 0;
    if (wanted > revision) throw tooLargeVersion(wanted, revision, target.kind.cached);
    const entry = this.#existing(target);
    return toldAt(entry.value, entry.revision);
  }

  list(collection: Collection, query: ListQuery = {}): ObjectList {
    return list(this.#storage.historyOf(collection.kind), collection, query);
  }

  watch(collection: Collection, query: WatchQuery, listener: FrameListener, endsAt?: number): OpenWatch {
    return this.#watches.open(collection, query, listener, endsAt);
  }

  create(collection: Collection, sent: unknown): StoredObject {
    const { kind, namespace } = collection;
    const object = readSent(sent, collection);
    const { name = '', generateName = '' } = object.metadata;
    const target = {
      ...collection,
      name: name === '' && generateName !== '' ? generateName + this.#options.newSuffix() : name,
    };
    if (kind.namespaced) this.#assertOpen(target, namespace ?? '');
    const { resourceVersion = '', ...metadata } = object.metadata;
    const born = this.#born({ ...object, metadata: { ...metadata, name: target.name } });
    validate(kind, born);
    if (resourceVersion !== '' && resourceVersion !== '0')
      throw internalError('resourceVersion should not be set on objects to be created');
    if (this.#storage.read(target) !== undefined) throw alreadyExists(kind, target.name);
    return this.#storage.write(target, born);
  }

  /** A PUT. */
  update(target: Target, sent: unknown): Written {
    const { kind, name } = target;
    const object = readSent(sent, target);
    assertNamed(object, target);
    const { uid = '', resourceVersion = '' } = object.metadata;
    const entry = this.#storage.read(target);
    if (entry === undefined && !kind.createsOnUpdate) throw notFound(kind, name);
    const present = entry?.value.metadata.uid ?? '';
    if (uid !== '' && uid !== present) throw wrongUid(kind, name, uid, present);
    if (entry === undefined) {
      const { resourceVersion: _unused, ...metadata } = object.metadata;
      return { object: this.create(target, { ...object, metadata }), created: true };
    }
    const wanted = readVersion(resourceVersion);
    if (wanted === undefined) throw internalError(unreadableVersion(resourceVersion));
    if (wanted === 0 && !kind.unconditionalUpdate) throw unconditionalUpdate(kind, name);
    if (wanted !== 0 && wanted !== entry.revision) throw modified(kind, name);
    return { object: this.#replace(target, entry, object), created: false };
  }

  /** A merge patch. With a resourceVersion in it, it holds for that version only. */
  patch(target: Target, patch: unknown): Written {
    const entry = this.#existing(target);
    const told = toldAt(entry.value, entry.revision);
    return { object: this.#change(target, entry, mergePatch(told, patch as JsonObject)), created: false };
  }

  /** A server-side apply, forced. */
  apply(target: Target, patch: unknown, fieldManager: string): Written {
    const entry = this.#storage.read(target);
    const wanted = isObject(patch) ? patch : {};
    const current: JsonObject = entry === undefined ? {} : toldAt(entry.value, entry.revision);
    const key = `${String(entry?.value.metadata.uid)} ${fieldManager}`;
    const { object, brought } = applyPatch(current, wanted, this.#brought.get(key));
    const written = entry === undefined ? this.#createNamed(target, object) : this.#change(target, entry, object);
    this.#brought.set(`${String(written.metadata.uid)} ${fieldManager}`, brought);
    return { object: written, created: entry === undefined };
  }

  /** @returns the object where its kind answers with it, or where it is not gone at once */
  delete(target: Target, { uid = '', resourceVersion = '' }: DeletePreconditions = {}): StoredObject | Status {
    const { kind, name } = target;
    const { value, revision } = this.#existing(target);
    const present = value.metadata.uid ?? '';
    if (uid !== '' && uid !== present) throw wrongUid(kind, name, uid, present);
    if (resourceVersion !== '' && resourceVersion !== String(revision))
      throw wrongVersion(kind, name, resourceVersion, String(revision));
    if (kind.kind === 'Namespace') return this.#terminate(target, value);
    this.#storage.remove(target);
    return kind.returnsDeleted ? toldAt(value, revision) : deletedStatus(kind, name, present);
  }

  saveEvents(): SavedEvents {
    return this.#storage.saveEvents();
  }

  /** Open watches of Events stay open, and are silent until the counter has passed what they were told. */
  restoreEvents(saved: SavedEvents): void {
    this.#storage.restoreEvents(saved);
    this.#watches.resumeEvents();
  }

  /** The API server was stopped and started: watch caches begin anew. Whoever serves the watches closes them. */
  restartApiServer(): void {
    this.#storage.restartApiServer();
  }

  #existing(target: Target): Entry<StoredObject> {
    const entry = this.#storage.read(target);
    if (entry === undefined) throw notFound(target.kind, target.name);
    return entry;
  }

  #createNamed(target: Target, object: JsonObject): StoredObject {
    assertNamed(readSent(object, target), target);
    return this.create(target, object);
  }

  /** What a patch made of an object. */
  #change(target: Target, entry: Entry<StoredObject>, changed: unknown): StoredObject {
    const { kind, name } = target;
    const object = readSent(changed, target);
    assertNamed(object, target);
    const { uid = '', resourceVersion = '' } = object.metadata;
    if (resourceVersion !== String(entry.revision) && resourceVersion !== '') throw modified(kind, name);
    if (uid !== '' && uid !== entry.value.metadata.uid)
      throw invalid(kind, name, [invalidValue('metadata.uid', uid, 'field is immutable')]);
    return this.#replace(target, entry, object);
  }

  #replace(target: Target, { value, revision }: Entry<StoredObject>, object: StoredObject): StoredObject {
    const { uid, creationTimestamp, deletionTimestamp } = value.metadata;
    const metadata = {
      ...object.metadata,
      uid,
      creationTimestamp,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    } as StoredObject['metadata'];
    const next = keptForm(target.kind, this.#settled({ ...object, metadata }, value));
    validate(target.kind, next);
    return isDeepStrictEqual(next, value) ? toldAt(value, revision) : this.#storage.write(target, next);
  }

  #born(object: StoredObject): StoredObject {
    const { deletionTimestamp: _none, ...metadata } = object.metadata;
    const born = { ...metadata, uid: this.#options.newUid(), creationTimestamp: wholeSeconds(this.now) };
    return this.#settled({ ...object, metadata: born }, undefined);
  }

  #settled(object: StoredObject, before: StoredObject | undefined): StoredObject {
    return object['kind'] === 'Namespace' ? withNamespaceDefaults(object, before) : object;
  }

  #terminate(target: Target, value: StoredObject): StoredObject {
    const metadata = { ...value.metadata, deletionTimestamp: wholeSeconds(this.now) };
    return this.#storage.write(target, { ...value, metadata, status: { phase: 'Terminating' } });
  }

  /** Nothing can be created in a namespace that is not there, or that is going. */
  #assertOpen({ kind, name }: Target, namespace: string): void {
    const found = this.#existing({ kind: kindNamed('Namespace'), name: namespace });
    if (found.value.metadata.deletionTimestamp === undefined) return;
    throw forbidden(
      kind,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    );
  }
}
