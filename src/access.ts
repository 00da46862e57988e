import type { ClusterRolePolicyRule, IApiEndpoint, IApiResource, RolePolicyRule } from 'cdk8s-plus-27';
import type { AccessRule } from '../runtime/src/contract/access.ts';

/** What a ClusterRole has to grant: the Events too, unless only one namespace is watched. */
export function clusterRules(
  rules: readonly AccessRule[],
  watchNamespace: string | undefined,
): ClusterRolePolicyRule[] {
  return rules
    .filter(({ scope }) => scope === 'cluster' || (scope === 'watched' && watchNamespace === undefined))
    .map((rule) => ({ verbs: [...rule.verbs], endpoints: [resourceOf(rule)] }));
}

/** What a Role has to grant, in the namespace of lock and token or in the watched one. */
export function namespaceRules(rules: readonly AccessRule[], scope: 'namespace' | 'watched'): RolePolicyRule[] {
  return rules
    .filter((rule) => rule.scope === scope)
    .map((rule) => ({ verbs: [...rule.verbs], resources: [resourceOf(rule)] }));
}

function resourceOf({ apiGroup, resource, resourceName }: AccessRule): IApiResource & IApiEndpoint {
  const described: IApiResource & IApiEndpoint = {
    apiGroup,
    resourceType: resource,
    ...(resourceName === undefined ? {} : { resourceName }),
    asApiResource: () => described,
    asNonApiResource: () => undefined,
  };
  return described;
}
