import { expect, test } from 'vitest';
import { describe as describeSubject, methodOf, pathOf } from '../../../runtime/src/kube/subject.ts';
import { leaseOf, probing } from './api-server.ts';

test('a subject of one object has that object in its path only where the verb is for one object', () => {
  expect(pathOf(leaseOf('get'))).toBe('/apis/coordination.k8s.io/v1/namespaces/monitoring/leases/lock');
  expect(pathOf(leaseOf('update'))).toBe('/apis/coordination.k8s.io/v1/namespaces/monitoring/leases/lock');
  for (const verb of ['list', 'watch', 'create'] as const)
    expect(pathOf(leaseOf(verb))).toBe('/apis/coordination.k8s.io/v1/namespaces/monitoring/leases');
});

test('a subject of all namespaces names none', () => {
  expect(pathOf({ verb: 'watch', apiVersion: 'v1', resource: 'events' })).toBe('/api/v1/events');
  expect(pathOf({ verb: 'get', apiVersion: 'v1', resource: 'namespaces', name: 'kube-system' })).toBe(
    '/api/v1/namespaces/kube-system',
  );
});

test('a name cannot lead out of its place in the path', () => {
  expect(pathOf({ ...leaseOf('get'), name: '../x?y' })).toMatch(/leases\/\.\.%2Fx%3Fy$/);
});

test('a verb is sent with its method and told by its RBAC name', () => {
  expect([methodOf(probing), methodOf(leaseOf('create')), methodOf(leaseOf('update'))]).toEqual(['GET', 'POST', 'PUT']);
  expect(describeSubject(leaseOf('update'))).toBe('update leases "lock" in namespace "monitoring"');
});
