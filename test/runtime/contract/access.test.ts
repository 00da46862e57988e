import { describe, expect, test } from 'vitest';
import { accessRules, missingRule } from '../../../runtime/src/contract/access.ts';

const rules = accessRules({ lockName: 'my-lock', tokenName: 'my-token', createToken: true });

describe('the access rules', () => {
  test('touch objects only by name, except where the API cannot: creating, and reading Events', () => {
    const unnamed = rules.filter(({ resourceName }) => resourceName === undefined);
    expect(unnamed.map(({ resource, verbs }) => [resource, ...verbs])).toEqual([
      ['leases', 'create'],
      ['configmaps', 'create'],
      ['events', 'list', 'watch'],
    ]);
  });

  test('leave lock and token in one namespace: cluster-wide are the Events and one Namespace object', () => {
    const wide = rules.filter(({ scope }) => scope !== 'namespace');
    expect(wide.map(({ resource, verbs, resourceName }) => [resource, verbs, resourceName])).toEqual([
      ['events', ['list', 'watch'], undefined],
      ['namespaces', ['get'], 'kube-system'],
    ]);
  });

  test('carry the names that were chosen', () => {
    const named = rules.flatMap(({ resource, resourceName }) =>
      resourceName === undefined ? [] : [[resource, resourceName]],
    );
    expect(named).toEqual([
      ['leases', 'my-lock'],
      ['configmaps', 'my-token'],
      ['namespaces', 'kube-system'],
    ]);
  });

  test('do not allow creating ConfigMaps where the manifests bring the token', () => {
    const brought = accessRules({ lockName: 'my-lock', tokenName: 'my-token', createToken: false });
    expect(brought).toEqual(
      rules.filter(({ resource, verbs }) => resource !== 'configmaps' || !verbs.includes('create')),
    );
    expect(brought).toHaveLength(rules.length - 1);
  });

  test('allow neither deleting nor patching anything, and no wildcard', () => {
    const words = rules.flatMap(({ apiGroup, resource, verbs }) => [apiGroup, resource, ...verbs]);
    for (const word of ['delete', 'deletecollection', 'patch', '*']) expect(words).not.toContain(word);
  });
});

describe('the hint after a refusal', () => {
  test('names verb, resource, group and the kind of role', () => {
    expect(missingRule('watch', 'events', undefined)).toBe(
      'allow `watch` on `events` (apiGroup "") in a ClusterRole bound to the collector\'s service account',
    );
  });

  test('names the namespace and the object, where the rule is for one', () => {
    expect(missingRule('update', 'leases', 'monitoring', 'my-lock')).toBe(
      'allow `update` on `leases` (apiGroup "coordination.k8s.io", resourceName "my-lock") in a Role in namespace "monitoring" bound to the collector\'s service account',
    );
  });

  test.each(rules.map((rule) => [rule.resource, rule] as const))('knows the group of %s', (resource, { apiGroup }) => {
    expect(missingRule('get', resource, undefined)).toContain(`(apiGroup "${apiGroup}")`);
  });
});
