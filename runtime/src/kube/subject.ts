/** What a request is about, as RBAC would say it. */
export interface Subject {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update';
  readonly apiVersion: string;
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** The rule that grants it stands in a ClusterRole, though the request is of one namespace. */
  readonly granted?: 'cluster-wide';
}

const methods = { get: 'GET', list: 'GET', watch: 'GET', create: 'POST', update: 'PUT' } as const;

export function methodOf({ verb }: Subject): 'GET' | 'POST' | 'PUT' {
  return methods[verb];
}

/** Path of the collection, or of the one object for `get` and `update`. */
export function pathOf({ verb, apiVersion, resource, namespace, name }: Subject): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const collection =
    namespace === undefined
      ? `${group}/${resource}`
      : `${group}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
  return name !== undefined && (verb === 'get' || verb === 'update')
    ? `${collection}/${encodeURIComponent(name)}`
    : collection;
}

/** For messages: `update leases "x" in namespace "y"`. */
export function describe({ verb, resource, namespace, name }: Subject): string {
  return [
    verb,
    resource,
    ...(name === undefined ? [] : [`"${name}"`]),
    ...(namespace === undefined ? [] : [`in namespace "${namespace}"`]),
  ].join(' ');
}
