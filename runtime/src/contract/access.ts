/**
 * What the collector may do in the API, as data: the rendered roles come from it, error hints quote it, and a test holds the requests really
 * made against it.
 */
import { type LockResource, lockResources } from './lock-resource.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update';

export interface AccessRule {
  readonly apiGroup: string;
  readonly resource: string;
  readonly verbs: readonly Verb[];
  /** Absent where RBAC cannot limit the rule to one object: `create`, and collections. */
  readonly resourceName?: string;
  /** namespace: that of lock and token. watched: where Events are read, which may be everywhere. cluster: an object of no namespace. */
  readonly scope: 'namespace' | 'watched' | 'cluster';
  /** What the collector cannot do without it. */
  readonly reason: string;
}

export interface AccessNeeds {
  readonly lockResource: LockResource;
  readonly lockName: string;
  readonly tokenName: string;
  /** False where the manifests bring the token's ConfigMap: then the collector never creates it. */
  readonly createToken: boolean;
}

export function accessRules({ lockResource, lockName, tokenName, createToken }: AccessNeeds): readonly AccessRule[] {
  return [
    ...lockRules(lockResource, lockName),
    ...tokenRules(tokenName),
    // The right to create ConfigMaps is one and the same for lock and token.
    ...(createToken && lockResource !== 'configmaps' ? [tokenCreationRule] : []),
    ...eventRules,
    ...clusterRules,
  ];
}

/** To follow, take and hold a lock of this kind, and to see those of the others. */
export function lockRules(lockResource: LockResource, lockName: string): readonly AccessRule[] {
  const lock = ofLock(lockResource);
  return [
    { ...lock, verbs: ['get', 'watch', 'update'], resourceName: lockName, reason: 'follow, take and renew the lock' },
    { ...lock, verbs: ['create'], reason: 'make the lock where there is none' },
    ...lockResources
      .filter((other) => other !== lockResource)
      .map((other) => ({ ...lockReadingRule(other, lockName), reason: sideBySide })),
  ];
}

export function tokenRules(tokenName: string): readonly AccessRule[] {
  return [{ ...configMaps, verbs: ['get', 'update'], resourceName: tokenName, reason: 'read and write the token' }];
}

const configMaps = { apiGroup: '', resource: 'configmaps', scope: 'namespace' } as const;

/** Only where the manifests do not bring the token's ConfigMap. */
export const tokenCreationRule: AccessRule = {
  ...configMaps,
  verbs: ['create'],
  reason: 'make the token where there is none',
};

/** What `status` reads of the cluster: who leads. */
export function lockReadingRule(lockResource: LockResource, lockName: string): AccessRule {
  return { ...ofLock(lockResource), verbs: ['get'], resourceName: lockName, reason: 'see who leads' };
}

function ofLock(resource: LockResource) {
  return { apiGroup: apiGroupOf(resource), resource, scope: 'namespace' } as const;
}

/** What `status` reads of the cluster: how far the token is. */
export function tokenReadingRule(tokenName: string): AccessRule {
  return { ...configMaps, verbs: ['get'], resourceName: tokenName, reason: 'see how far the token is' };
}

export const eventRules: readonly AccessRule[] = [
  { apiGroup: '', resource: 'events', verbs: ['list', 'watch'], scope: 'watched', reason: 'collect Events' },
];

export const clusterRules: readonly AccessRule[] = [
  {
    apiGroup: '',
    resource: 'namespaces',
    verbs: ['get'],
    resourceName: 'kube-system',
    scope: 'cluster',
    reason: 'tell this cluster from others',
  },
];

const sideBySide = 'see before leading whether another, such as an Agent, leads by a lock of this kind';

/**
 * What a person has to allow after a 403, as a sentence.
 *
 * @param namespace undefined for a request that is not of one namespace
 * @param name the only object that the rule need name; undefined for collections and `create`
 */
export function missingRule(verb: string, resource: string, namespace: string | undefined, name?: string): string {
  const what = `\`${resource}\` (apiGroup "${apiGroupOf(resource)}"${name === undefined ? '' : `, resourceName "${name}"`})`;
  const where = namespace === undefined ? 'a ClusterRole' : `a Role in namespace "${namespace}"`;
  return `allow \`${verb}\` on ${what} in ${where} bound to the collector's service account`;
}

function apiGroupOf(resource: string): string {
  return resource === 'leases' ? 'coordination.k8s.io' : '';
}
