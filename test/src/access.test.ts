import { describe, expect, test } from 'vitest';
import { type AccessRule, accessRules } from '../../runtime/src/contract/access.ts';
import type { EventCollectorProps } from '../../src/index.ts';
import { type Manifest, manifests, type PolicyRule } from './manifests.ts';

const needs = {
  lockResource: 'leases',
  lockName: 'datadog-leader-election',
  tokenName: 'datadogtoken',
  createToken: false,
} as const;

/** Rules in the order of the data, without what says nothing: an empty list of names. */
function granted(kind: 'ClusterRole' | 'Role', props: EventCollectorProps, namespace?: string): readonly PolicyRule[] {
  return manifests(props)
    .filter((manifest: Manifest) => manifest.kind === kind && manifest.metadata.namespace === namespace)
    .flatMap(({ rules = [] }) => rules)
    .map(({ resourceNames, ...rule }) => (resourceNames?.length ? { ...rule, resourceNames } : rule));
}

function asRendered({ apiGroup, resource, resourceName, verbs }: AccessRule): PolicyRule {
  const rule = { apiGroups: [apiGroup], resources: [resource], verbs };
  return resourceName === undefined ? rule : { ...rule, resourceNames: [resourceName] };
}

describe('the rendered roles grant exactly the rules of the contract', () => {
  const rules = accessRules(needs);
  const inScope = (...scopes: readonly AccessRule['scope'][]) =>
    rules.filter(({ scope }) => scopes.includes(scope)).map(asRendered);

  test('with Events of all namespaces: lock and token in a Role, the rest in a ClusterRole', () => {
    expect(granted('Role', {}, 'eventbaton')).toEqual(inScope('namespace'));
    expect(granted('ClusterRole', {})).toEqual(inScope('watched', 'cluster'));
  });

  test('with Events of one namespace: nothing cluster-wide but the Namespace that tells the cluster', () => {
    const props = { watchNamespace: 'team-a' };
    expect(granted('Role', props, 'eventbaton')).toEqual(inScope('namespace'));
    expect(granted('Role', props, 'team-a')).toEqual(inScope('watched'));
    expect(granted('ClusterRole', props)).toEqual(inScope('cluster'));
  });

  test('with nothing cluster-wide at all, if that is asked for with one namespace', () => {
    const props = { watchNamespace: 'team-a', clusterScope: false };
    expect(granted('Role', props, 'eventbaton')).toEqual(inScope('namespace'));
    expect(granted('Role', props, 'team-a')).toEqual(inScope('watched'));
    expect(manifests(props).filter(({ metadata }) => metadata.namespace === undefined)).toEqual([]);
    expect(manifests(props).map(({ kind }) => kind)).not.toContain('ClusterRoleBinding');
  });

  test("with Events of the collectors' own namespace: two Roles there, of different names", () => {
    const props = { watchNamespace: 'eventbaton' };
    expect(granted('Role', props, 'eventbaton')).toEqual(inScope('namespace', 'watched'));
    const names = manifests(props).flatMap(({ kind, metadata }) => (kind === 'Role' ? [metadata.name] : []));
    expect(new Set(names).size).toBe(2);
  });

  test('with the names that the settings give to lock and token', () => {
    const settings = { leaderLeaseName: 'my-lock', tokenName: 'my-token' };
    const renamed = accessRules({ ...needs, lockName: 'my-lock', tokenName: 'my-token' });
    expect(granted('Role', { settings }, 'eventbaton')).toEqual(
      renamed.filter(({ scope }) => scope === 'namespace').map(asRendered),
    );
  });

  test.each([
    ['lease', 'leases'],
    ['configmap', 'configmaps'],
    ['endpoints', 'endpoints'],
  ] as const)('with a lock of the kind that the settings name: %s', (leaderElectionDefaultResource, lockResource) => {
    const settings = { leaderElectionDefaultResource };
    const wanted = accessRules({ ...needs, lockResource });
    expect(granted('Role', { settings }, 'eventbaton')).toEqual(
      wanted.filter(({ scope }) => scope === 'namespace').map(asRendered),
    );
  });

  test('with creating ConfigMaps only where the manifests do not bring the token', () => {
    const create = { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] };
    expect(granted('Role', {}, 'eventbaton')).not.toContainEqual(create);
    expect(granted('Role', { tokenConfigMap: { create: false } }, 'eventbaton')).toContainEqual(create);
  });
});
