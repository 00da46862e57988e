/** What a request is about, as the API server's request info and its audit log have it. */
import { findKind, kinds, type Kind } from '../store/kinds.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export interface Route {
  readonly verb: Verb;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty where there is none. Of a namespace itself: its name. */
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Undefined: no such resource, or none at all. */
  readonly kind: Kind | undefined;
  /** Whether the path is one of a group and version that is served. */
  readonly isServed: boolean;
}

const verbs: Readonly<Record<string, Verb>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

export function routeOf(method: string, url: string): Route {
  const { pathname, searchParams: query } = new URL(url, 'https://localhost');
  const verb = verbs[method] ?? 'get';
  const [root = '', ...segments] = pathname.split('/').slice(1).map(decodeSegment);
  const [group, version, rest] =
    root === 'apis'
      ? [segments[0] ?? '', segments[1] ?? '', segments.slice(2)]
      : root === 'api'
        ? ['', segments[0] ?? '', segments.slice(1)]
        : ['', '', []];
  const isServed = kinds.some((kind) => kind.group === group && kind.version === version);
  const { resource, subresource, namespace, ...found } = objectOf(rest);
  const name = found.name || (verb === 'get' ? selectedName(query) : '');
  const isCollection = found.name === '' && resource !== '';
  return {
    verb: isCollection && verb === 'get' ? (isWatch(query) ? 'watch' : 'list') : verb,
    group,
    resource,
    subresource,
    namespace,
    name,
    path: pathname,
    query,
    kind: isServed ? findKind(group, version, resource) : undefined,
    isServed: isServed && resource !== '',
  };
}

/** Whether the path names one object. A list or watch may name one by its field selector. */
export function isOfOne({ verb, name }: Route): boolean {
  return name !== '' && verb !== 'list' && verb !== 'watch';
}

function objectOf(segments: readonly string[]) {
  const [first = '', namespace = '', resource, name = '', subresource = ''] = segments;
  if (first !== 'namespaces') return { namespace: '', resource: first, name: namespace, subresource: resource ?? '' };
  // A namespace is in itself; `finalize` and `status` are subresources of it.
  return resource === undefined || resource === 'finalize' || resource === 'status'
    ? { namespace, resource: 'namespaces', name: namespace, subresource: resource ?? '' }
    : { namespace, resource, name, subresource };
}

function selectedName(query: URLSearchParams): string {
  return /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '';
}

function isWatch(query: URLSearchParams): boolean {
  const watch = query.get('watch');
  return watch === 'true' || watch === '1';
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}
