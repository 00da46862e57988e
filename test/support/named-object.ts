import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../runtime/src/support/clock.ts';
import { CollectorError, type ErrorCode } from '../../runtime/src/support/errors.ts';
import type { KubernetesObject, NamedObject, RequestOptions } from '../../runtime/src/support/kubernetes-object.ts';
import { linked } from '../../runtime/src/support/signals.ts';

export type Verb = 'get' | 'create' | 'update' | 'watch';

export interface LoggedRequest<T> {
  readonly by: string;
  readonly verb: Verb;
  /** By the client's clock; 0 where it has none. */
  readonly at: number;
  readonly object: T | undefined;
  readonly resourceVersion: string | undefined;
}

/** What happens to a request between client and server. `apply` is the server's part; without it the server never sees the request. */
export type Passage = <A>(apply: () => A, request: PassingRequest) => A | Promise<A>;

export interface PassingRequest {
  /** `frame`: one state on its way through an open watch. */
  readonly verb: Verb | 'frame';
  /** Aborts when the client gives up. */
  readonly signal: AbortSignal;
}

export interface ClientOptions {
  readonly name?: string;
  /** With it, requests that stay unanswered fail after their time. */
  readonly clock?: Clock;
  readonly passage?: Passage;
}

export interface StoreOptions<T> {
  readonly resource: 'leases' | 'configmaps' | 'endpoints';
  readonly name: string;
  readonly object?: T;
}

export interface StoreSnapshot<T> {
  readonly version: number;
  readonly object: T | undefined;
}

const namespace = 'monitoring';

/** Crosses a power of ten soon: whoever compares resourceVersions as text is found out. */
const firstVersion = 97;

/** One Kubernetes object as the API server keeps it, with everything that its clients asked for. */
export class NamedObjectStore<T extends KubernetesObject> {
  readonly requests: LoggedRequest<T>[] = [];
  readonly resource: StoreOptions<T>['resource'];
  readonly #name: string;
  readonly #history: { readonly version: number; readonly object: T | undefined }[] = [];
  readonly #scripted = new Map<Verb, Passage[]>();
  readonly #forbidden = new Set<string>();
  readonly #watches = new Set<OpenWatch<T>>();
  #version = firstVersion;
  #compacted = firstVersion;
  #uids = 0;
  #object: T | undefined;

  constructor({ resource, name, object }: StoreOptions<T>) {
    this.resource = resource;
    this.#name = name;
    if (object !== undefined) this.write(object);
  }

  /** The object as it stands; undefined where there is none. */
  get object(): T | undefined {
    return this.#object;
  }

  /** The verbs of all requests so far, in order. */
  get verbs(): readonly Verb[] {
    return this.requests.map(({ verb }) => verb);
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  /** Somebody else's write, without a precondition. */
  write(object: T): T {
    const uid = this.#object?.metadata?.uid ?? this.#nextUid();
    return this.#keep({ ...object, metadata: { ...object.metadata, namespace, name: this.#name, uid } });
  }

  remove(): void {
    this.#version += 1;
    this.#object = undefined;
    this.#remember(undefined);
  }

  /** A state to which it can be put back. */
  snapshot(): StoreSnapshot<T> {
    return { version: this.#version, object: this.#object };
  }

  /** Writes of other objects in the same etcd. */
  pass(versions: number): void {
    this.#version += versions;
  }

  /** etcd is put back: what came later is gone, and open watches are cut. */
  restore({ version, object }: StoreSnapshot<T>): void {
    this.#version = version;
    this.#object = object;
    this.#history.splice(0, this.#history.length, ...this.#history.filter((entry) => entry.version <= version));
    this.endWatches(failure('API_BROKEN', 'the stream was cut'));
  }

  /** The next request of this verb passes as `passage` says. */
  next(verb: Verb, passage: Passage): void {
    this.#scripted.set(verb, [...(this.#scripted.get(verb) ?? []), passage]);
  }

  /** @param by the one client that may not do it; otherwise nobody may */
  forbid(verb: Verb, by = ''): void {
    this.#forbidden.add(`${verb} ${by}`);
  }

  allow(verb: Verb): void {
    this.#forbidden.delete(`${verb} `);
  }

  /** Ends all open watches, in order or with an error. */
  endWatches(error?: CollectorError): void {
    for (const watch of this.#watches) watch.end(error);
  }

  /** Forgets what happened before now: a watch from an earlier resourceVersion is answered with 410. */
  compact(): void {
    this.#compacted = this.#version;
  }

  /** The store as one client reaches it. */
  client({ name = 'client', clock, passage = direct }: ClientOptions = {}): NamedObject<T> {
    const send = async <A>(verb: Verb, logged: Partial<LoggedRequest<T>>, options: RequestOptions, apply: () => A) => {
      const { object, resourceVersion } = logged;
      this.requests.push({ by: name, verb, at: clock?.now() ?? 0, object: copy(object), resourceVersion });
      const pass = this.#scripted.get(verb)?.shift() ?? passage;
      return underDeadline(options, clock, (signal) =>
        pass(() => this.#permitted(verb, name, apply), { verb, signal }),
      );
    };
    return {
      description: `${this.resource} "${this.#name}" in namespace "${namespace}"`,
      namespace,
      name: this.#name,
      get: (options = {}) => send('get', {}, options, () => copy(this.#object)),
      create: (object, options = {}) => send('create', { object }, options, () => this.#create(copy(object))),
      replace: async (object, options = {}) => {
        const { uid, resourceVersion } = object.metadata ?? {};
        if (!uid || !resourceVersion) throw new Error('a replacement needs the uid and resourceVersion that were seen');
        return send('update', { object }, options, () => this.#replace(copy(object)));
      },
      watch: (resourceVersion, signal) =>
        send('watch', { resourceVersion }, { signal }, () => this.#watch(resourceVersion, signal, passage)),
    };
  }

  #permitted<A>(verb: Verb, by: string, apply: () => A): A {
    if (this.#forbidden.has(`${verb} `) || this.#forbidden.has(`${verb} ${by}`))
      throw failure('API_FORBIDDEN', `${verb} is forbidden`);
    return apply();
  }

  #create(object: T): T {
    if (this.#object !== undefined) throw failure('API_CONFLICT', 'it exists already');
    const { uid: _uid, resourceVersion: _version, ...metadata } = object.metadata ?? {};
    return this.#keep({ ...object, metadata: { ...metadata, uid: this.#nextUid() } });
  }

  /** With a uid as its precondition a PUT on what is gone is a conflict for Leases and Endpoints; a ConfigMap that is gone is not found. */
  #replace(object: T): T {
    const current = this.#object?.metadata;
    if (current === undefined)
      throw failure(this.resource === 'configmaps' ? 'API_NOT_FOUND' : 'API_CONFLICT', 'it does not exist');
    if (object.metadata?.uid !== current.uid || object.metadata?.resourceVersion !== current.resourceVersion)
      throw failure('API_CONFLICT', 'it has been modified');
    return isDeepStrictEqual(object, this.#object) ? object : this.#keep(object);
  }

  #keep(object: T): T {
    this.#version += 1;
    this.#object = copy({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } });
    this.#remember(this.#object);
    return copy(this.#object);
  }

  #remember(object: T | undefined): void {
    this.#history.push({ version: this.#version, object });
    for (const watch of this.#watches) watch.push(object);
  }

  #nextUid(): string {
    this.#uids += 1;
    return `uid-${this.#uids}`;
  }

  #watch(resourceVersion: string | undefined, signal: AbortSignal, passage: Passage): AsyncIterable<T | undefined> {
    const from = resourceVersion === undefined ? this.#version : Number(resourceVersion);
    if (from < this.#compacted) throw failure('API_EXPIRED', `too old resource version: ${from}`);
    const watch = new OpenWatch<T>();
    if (resourceVersion === undefined && this.#object !== undefined) watch.push(this.#object);
    for (const { version, object } of this.#history) if (version > from) watch.push(object);
    this.#watches.add(watch);
    return this.#framesOf(watch, signal, passage);
  }

  async *#framesOf(watch: OpenWatch<T>, signal: AbortSignal, passage: Passage): AsyncGenerator<T | undefined> {
    const cut = () => watch.end(failure('API_BROKEN', 'the stream was cut'));
    signal.addEventListener('abort', cut);
    try {
      for (let frame = await watch.shift(); frame !== undefined; frame = await watch.shift()) {
        const { object } = frame;
        yield await passage(() => copy(object), { verb: 'frame', signal });
      }
    } catch (error) {
      throw signal.aborted ? failure('API_BROKEN', 'the stream was cut') : error;
    } finally {
      signal.removeEventListener('abort', cut);
      this.#watches.delete(watch);
    }
  }
}

class OpenWatch<T> {
  readonly #frames: { readonly object: T | undefined }[] = [];
  #ended: { readonly error: CollectorError | undefined } | undefined;
  #wake: () => void = () => undefined;

  push(object: T | undefined): void {
    this.#frames.push({ object });
    this.#wake();
  }

  end(error: CollectorError | undefined): void {
    this.#ended ??= { error };
    this.#wake();
  }

  async shift(): Promise<{ readonly object: T | undefined } | undefined> {
    while (this.#ended?.error === undefined) {
      const frame = this.#frames.shift();
      if (frame !== undefined || this.#ended !== undefined) return frame;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    throw this.#ended.error;
  }
}

/** At once, there and back. */
export const direct: Passage = (apply) => apply();

/** Never arrives, and never is answered. */
export const silence: Passage = (_, { signal }) => untilGivenUp(signal);

/** Answered with an error; nothing was done. */
export function refusal(code: ErrorCode, details?: CollectorError['details']): Passage {
  return () => {
    throw failure(code, 'refused', details);
  };
}

/** Done, but the answer never comes: an error does. */
export function lostAnswer(code: ErrorCode = 'API_UNAVAILABLE'): Passage {
  return (apply) => {
    apply();
    throw failure(code, 'the answer was lost');
  };
}

/** A passage that stays closed until it is opened. What passes then is applied even where the client has given up. */
export function gate(): { readonly passage: Passage; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    passage: (apply, { signal }) => Promise.race([promise.then(apply), untilGivenUp(signal)]),
    open: resolve,
  };
}

export function failure(code: ErrorCode, message: string, details?: CollectorError['details']): CollectorError {
  return new CollectorError(code, message, details);
}

function untilGivenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Like the real client: whoever gives up, for lack of time or because of an abort, has no answer. */
async function underDeadline<A>(
  { timeoutMs = 10_000, signal: parent }: RequestOptions,
  clock: Clock | undefined,
  pass: (signal: AbortSignal) => A | Promise<A>,
): Promise<A> {
  const given = linked(...(parent === undefined ? [] : [parent]));
  const answered = new AbortController();
  void clock?.sleep(timeoutMs, answered.signal).then(
    () => given.abort(new Error(`not within ${timeoutMs} ms`)),
    () => undefined,
  );
  try {
    given.signal.throwIfAborted();
    return await pass(given.signal);
  } catch (error) {
    throw given.signal.aborted ? failure('API_UNAVAILABLE', 'no answer', { cause: given.signal.reason }) : error;
  } finally {
    answered.abort();
    given.release();
  }
}

/** As it goes over the wire. */
function copy<A>(value: A): A {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as A);
}
