import { describe, expect, test } from 'vitest';
import { type AccessRule, accessRules, missingRule } from '../../../runtime/src/contract/access.ts';
import type { LockResource } from '../../../runtime/src/contract/lock-resource.ts';

const names = { lockName: 'my-lock', tokenName: 'my-token' };

const rules = accessRules({ ...names, lockResource: 'leases', createToken: true });

const told = (some: readonly AccessRule[]) =>
  some.map(({ resource, verbs, resourceName }) => [resource, verbs.join(' '), resourceName]);

describe.each<[LockResource, ReturnType<typeof told>]>([
  [
    'leases',
    [
      ['leases', 'get watch update', 'my-lock'],
      ['leases', 'create', undefined],
      ['configmaps', 'get', 'my-lock'],
      ['endpoints', 'get', 'my-lock'],
      ['configmaps', 'get update', 'my-token'],
    ],
  ],
  [
    'configmaps',
    [
      ['configmaps', 'get watch update', 'my-lock'],
      ['configmaps', 'create', undefined],
      ['leases', 'get', 'my-lock'],
      ['endpoints', 'get', 'my-lock'],
      ['configmaps', 'get update', 'my-token'],
    ],
  ],
  [
    'endpoints',
    [
      ['endpoints', 'get watch update', 'my-lock'],
      ['endpoints', 'create', undefined],
      ['leases', 'get', 'my-lock'],
      ['configmaps', 'get', 'my-lock'],
      ['configmaps', 'get update', 'my-token'],
    ],
  ],
])('the access rules, for a lock among %s,', (lockResource, expected) => {
  const namespaced = (createToken: boolean) =>
    accessRules({ ...names, lockResource, createToken }).filter(({ scope }) => scope === 'namespace');

  test('touch lock and token by name, the locks of other kinds only to read them', () => {
    expect(told(namespaced(false))).toEqual(expected);
  });

  test('allow creating ConfigMaps, once, where the collectors make the token', () => {
    const isCreating = ({ resource, verbs }: AccessRule) => resource === 'configmaps' && verbs.includes('create');
    const withToken = namespaced(true);
    expect(withToken.filter(isCreating)).toHaveLength(1);
    expect(withToken.filter((rule) => !isCreating(rule))).toEqual(
      namespaced(false).filter((rule) => !isCreating(rule)),
    );
  });
});

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
    expect(told(wide)).toEqual([
      ['events', 'list watch', undefined],
      ['namespaces', 'get', 'kube-system'],
    ]);
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
