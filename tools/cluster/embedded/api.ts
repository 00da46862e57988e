/**
 * The API server's answers, without its sockets: a request goes in, an answer or a watch to open comes out.
 *
 * There are no access rules: whoever is authenticated may do everything. What is forbidden to a role is proven on the real one alone.
 */
import type { ClusterStore, Written } from '../store/cluster-store.ts';
import { type Kind, kindNamed, qualifiedResource } from '../store/kinds.ts';
import type { Collection, Target } from '../store/object.ts';
import {
  badRequest,
  failure,
  invalid,
  methodNotAllowed,
  StatusError,
  unknownResource,
  unsupportedMediaType,
} from '../store/status.ts';
import type { FrameListener, OpenWatch, WatchQuery } from '../store/watching.ts';
import { isOfOne, type Route } from './route.ts';
import { createServiceAccountToken } from './token-request.ts';
import type { Owner, Tokens } from './tokens.ts';

export interface ApiRequest {
  readonly route: Route;
  /** Undefined: whoever asks could not be told. */
  readonly owner: Owner | undefined;
  readonly contentType: string;
  readonly body: string;
}

export interface WholeAnswer {
  readonly type: 'whole';
  readonly status: number;
  /** Text, or an object that is sent as JSON. */
  readonly body: unknown;
  readonly warnings: readonly string[];
  readonly retryAfterSeconds?: number | undefined;
}

export interface WatchAnswer {
  readonly type: 'watch';
  readonly warnings: readonly string[];
  /** Undefined: the server decides. */
  readonly timeoutSeconds: number | undefined;
  /** Throws a StatusError where the watch is refused. @param endsAt in the store's time */
  readonly open: (listener: FrameListener, endsAt: number) => OpenWatch;
}

export type ApiAnswer = WholeAnswer | WatchAnswer;

export interface ApiOptions {
  readonly store: ClusterStore;
  readonly tokens: Tokens;
  readonly version: Readonly<Record<string, string>>;
}

const anonymous: Owner = { user: 'system:anonymous' };

export class Api {
  readonly #store: ClusterStore;
  readonly #tokens: Tokens;
  readonly #version: Readonly<Record<string, string>>;

  constructor({ store, tokens, version }: ApiOptions) {
    this.#store = store;
    this.#tokens = tokens;
    this.#version = version;
  }

  /** @param token from the `Authorization` header. @returns undefined for one that stands for nobody */
  ownerOf(token: string | undefined): Owner | undefined {
    if (token === undefined) return anonymous;
    const owner = this.#tokens.ownerOf(token, this.#store.now);
    const account = owner?.serviceAccount;
    if (account === undefined) return owner;
    const { namespace, name, uid } = account;
    const present = this.#store.find({ kind: kindNamed('ServiceAccount'), namespace, name });
    return present?.metadata.uid === uid ? owner : undefined;
  }

  answer(request: ApiRequest): ApiAnswer {
    const warnings = request.route.kind?.deprecation === undefined ? [] : [request.route.kind.deprecation];
    try {
      return this.#answer(request, warnings);
    } catch (error) {
      return refusal(error, warnings);
    }
  }

  #answer(request: ApiRequest, warnings: readonly string[]): ApiAnswer {
    const { route, owner } = request;
    if (owner === undefined) throw failure(401, 'Unauthorized', 'Unauthorized');
    const page = this.#page(route.path);
    if (page !== undefined) return whole(200, page);
    if (owner === anonymous) throw forbiddenTo(owner, route);
    const { kind } = route;
    if (!route.isServed) return whole(404, '404 page not found\n');
    if (kind === undefined) throw unknownResource();
    const collection = { kind, namespace: kind.namespaced ? route.namespace || undefined : undefined };
    if (route.verb === 'watch')
      return {
        type: 'watch',
        warnings,
        timeoutSeconds: readSeconds(route.query.get('timeoutSeconds')),
        open: (listener, endsAt) => this.#store.watch(collection, parameters(route), listener, endsAt),
      };
    const { status, body } = this.#act(request, collection);
    return whole(status, body, warnings);
  }

  /** What everyone may read. */
  #page(path: string): unknown {
    if (path === '/version') return this.#version;
    return ['/livez', '/readyz', '/healthz'].includes(path) ? 'ok' : undefined;
  }

  #act(request: ApiRequest, collection: Collection): { readonly status: number; readonly body: unknown } {
    const { route } = request;
    const { verb, subresource, name } = route;
    if (subresource !== '') return this.#actOnSubresource(request, { ...collection, name });
    if (verb === 'list') return { status: 200, body: this.#store.list(collection, parameters(route)) };
    if (!isOfOne(route)) {
      if (verb !== 'create' || (collection.kind.namespaced && collection.namespace === undefined))
        throw methodNotAllowed();
      return { status: 201, body: this.#store.create(collection, readJson(request)) };
    }
    const target = { ...collection, name };
    switch (verb) {
      case 'get':
        return { status: 200, body: this.#store.get(target, route.query.get('resourceVersion') ?? undefined) };
      case 'update':
        return written(this.#store.update(target, readJson(request)));
      case 'patch':
        return written(this.#patch(target, request));
      case 'delete':
        return { status: 200, body: this.#delete(target, request) };
      default:
        throw methodNotAllowed();
    }
  }

  #actOnSubresource(request: ApiRequest, target: Target): { readonly status: number; readonly body: unknown } {
    const { verb, subresource } = request.route;
    if (target.kind.kind !== 'ServiceAccount' || subresource !== 'token') throw unknownResource();
    if (verb !== 'create') throw methodNotAllowed();
    return { status: 201, body: createServiceAccountToken(this.#store, this.#tokens, target, readJson(request)) };
  }

  #patch(target: Target, request: ApiRequest): Written {
    switch (request.contentType) {
      case 'application/merge-patch+json':
        return this.#store.patch(target, readJson(request));
      case 'application/apply-patch+yaml': {
        const manager = request.route.query.get('fieldManager') ?? '';
        if (manager === '') throw managerMissing;
        return this.#store.apply(target, readJson(request), manager);
      }
      default:
        throw unsupportedMediaType();
    }
  }

  #delete(target: Target, request: ApiRequest): unknown {
    const options = request.body === '' ? {} : (readJson(request) as DeleteOptions);
    return this.#store.delete(target, options.preconditions);
  }
}

interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

const managerMissing = invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
  { reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' },
]);

export function refusal(error: unknown, warnings: readonly string[] = []): WholeAnswer {
  if (!(error instanceof StatusError)) throw error;
  const { status, code } = error;
  return { ...whole(code, status, warnings), retryAfterSeconds: status.details?.retryAfterSeconds };
}

function whole(status: number, body: unknown, warnings: readonly string[] = []): WholeAnswer {
  return { type: 'whole', status, body, warnings };
}

function written({ object, created }: Written): { readonly status: number; readonly body: unknown } {
  return { status: created ? 201 : 200, body: object };
}

/** What lists and watches read from the URL. */
function parameters({ query }: Route): WatchQuery & Readonly<Record<string, string>> {
  if (query.has('labelSelector')) throw badRequest('this server knows no label selectors');
  return Object.fromEntries(query);
}

function readSeconds(text: string | null): number | undefined {
  if (text === null || text === '' || text === '0') return undefined;
  if (!/^[0-9]+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** JSON is all the YAML that is understood here. */
function readJson({ body }: ApiRequest): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest(`the object provided is unrecognized: ${error.message}`);
    throw error;
  }
}

function forbiddenTo({ user }: Owner, route: Route): StatusError {
  const { verb, group, resource, namespace, name, path } = route;
  if (resource === '') return failure(403, 'Forbidden', `forbidden: User "${user}" cannot ${verb} path "${path}"`, {});
  const kind: Pick<Kind, 'group' | 'resource'> = { group, resource };
  const what = `${qualifiedResource(kind)}${isOfOne(route) ? ` "${name}"` : ''}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return failure(
    403,
    'Forbidden',
    `${what} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
    { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource },
  );
}
