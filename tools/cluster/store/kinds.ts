/**
 * The kinds that can be stored, and how the API server treats each.
 *
 * Source: kubernetes v1.36 `pkg/registry/.../strategy.go` of each kind (AllowCreateOnUpdate, AllowUnconditionalUpdate), and the conformance tests.
 */
export interface Kind {
  /** Empty: core. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespaced: boolean;
  /** A PUT on what is not there creates it. */
  readonly createsOnUpdate: boolean;
  /** A PUT without a resourceVersion overwrites what is there. */
  readonly unconditionalUpdate: boolean;
  /** Watches come out of a watch cache, with bookmarks; else straight from etcd, as those of Events. */
  readonly cached: boolean;
  /** Answers a DELETE with the object rather than with a Status. */
  readonly returnsDeleted: boolean;
  /** Told in a `Warning` header of each answer. */
  readonly deprecation?: string;
}

type Rules = Partial<Pick<Kind, 'createsOnUpdate' | 'returnsDeleted' | 'deprecation'>> & {
  readonly unconditionalUpdate?: boolean;
  readonly cached?: boolean;
  readonly clusterScoped?: boolean;
};

const rbac = 'rbac.authorization.k8s.io/v1';
const endpointsDeprecation = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';

export const kinds: readonly Kind[] = [
  kindOf('v1', 'Event', 'events', { createsOnUpdate: true, cached: false }),
  kindOf('coordination.k8s.io/v1', 'Lease', 'leases', { createsOnUpdate: true, unconditionalUpdate: false }),
  kindOf('v1', 'ConfigMap', 'configmaps'),
  kindOf('v1', 'Endpoints', 'endpoints', { createsOnUpdate: true, deprecation: endpointsDeprecation }),
  kindOf('v1', 'Namespace', 'namespaces', { clusterScoped: true, returnsDeleted: true }),
  kindOf('v1', 'ServiceAccount', 'serviceaccounts', { returnsDeleted: true }),
  kindOf('v1', 'Secret', 'secrets'),
  kindOf('v1', 'Service', 'services', { returnsDeleted: true }),
  kindOf('apps/v1', 'DaemonSet', 'daemonsets'),
  kindOf('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  kindOf(rbac, 'Role', 'roles', { createsOnUpdate: true }),
  kindOf(rbac, 'RoleBinding', 'rolebindings', { createsOnUpdate: true }),
  kindOf(rbac, 'ClusterRole', 'clusterroles', { createsOnUpdate: true, clusterScoped: true }),
  kindOf(rbac, 'ClusterRoleBinding', 'clusterrolebindings', { createsOnUpdate: true, clusterScoped: true }),
];

export function findKind(group: string, version: string, resource: string): Kind | undefined {
  return kinds.find((kind) => kind.resource === resource && kind.group === group && kind.version === version);
}

export function kindNamed(name: string): Kind {
  const found = kinds.find(({ kind }) => kind === name);
  if (found === undefined) throw new Error(`the store has no kind ${name}`);
  return found;
}

export function apiVersionOf({ group, version }: Pick<Kind, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** As messages name it, e.g. `leases.coordination.k8s.io`. */
export function qualifiedResource({ group, resource }: Pick<Kind, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** As messages about its content name it, e.g. `Lease.coordination.k8s.io`. */
export function qualifiedKind({ group, kind }: Pick<Kind, 'group' | 'kind'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}

function kindOf(apiVersion: string, kind: string, resource: string, rules: Rules = {}): Kind {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const { clusterScoped = false, ...others } = rules;
  return {
    group,
    version,
    kind,
    resource,
    namespaced: !clusterScoped,
    createsOnUpdate: false,
    unconditionalUpdate: true,
    cached: true,
    returnsDeleted: false,
    ...others,
  };
}
