import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultTokenName } from '../../runtime/src/contract/names.ts';
import { collectorManifests } from '../../src/index.ts';
import { readObjects, root } from './example.ts';

const read = (name: string) => readObjects(readFileSync(join(root, 'manifests', name), 'utf8'));

test('manifests/eventbaton.yaml is a namespace for restricted pods, and after it the default collectors', () => {
  const [namespace, ...objects] = read('eventbaton.yaml');
  expect(namespace).toEqual({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'eventbaton', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  expect(objects).toEqual(collectorManifests());
});

test('manifests/datadog_configmap.yaml is the ConfigMap that collectors look for, without data', () => {
  const [configMap, ...others] = read('datadog_configmap.yaml');
  expect(others).toEqual([]);
  expect(configMap).toMatchObject({ kind: 'ConfigMap', metadata: { name: defaultTokenName, namespace: 'eventbaton' } });
  for (const field of ['data', 'binaryData']) expect(configMap).not.toHaveProperty(field);
});

test('manifests/rbac.yaml is exactly what collectors that make none of it lack', () => {
  const rest = collectorManifests({ createRoles: false, serviceAccount: { create: false, name: 'eventbaton' } });
  expect(
    read('rbac.yaml')
      .map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'ServiceAccount']);
  const together = [...read('rbac.yaml'), ...rest];
  expect(together).toHaveLength(collectorManifests().length);
  expect(together).toEqual(expect.arrayContaining([...collectorManifests()]));
});

test.each(['eventbaton.yaml', 'datadog_configmap.yaml', 'rbac.yaml'])(
  'manifests/%s says what it is for, and what makes it',
  (name) => {
    const text = readFileSync(join(root, 'manifests', name), 'utf8');
    expect(text).toMatch(/^# .+\n# .+\n# Generated from src\/ by `npm run generate`.*\napiVersion: /);
  },
);
