import { expect, test } from 'vitest';
import { routeOf } from '../../../../tools/cluster/embedded/route.ts';

test.each([
  ['GET', '/api/v1/events', 'list events   '],
  ['GET', '/api/v1/events?watch=1', 'watch events   '],
  ['GET', '/api/v1/namespaces/a/events?fieldSelector=metadata.name%3Dx', 'list events  a x'],
  [
    'GET',
    '/api/v1/namespaces/a/events?watch=true&fieldSelector=type%3DNormal%2Cmetadata.name%3Dx',
    'watch events  a x',
  ],
  ['GET', '/api/v1/namespaces/a/events/x', 'get events  a x'],
  ['GET', '/api/v1/namespaces', 'list namespaces   '],
  ['GET', '/api/v1/namespaces/a', 'get namespaces  a a'],
  ['DELETE', '/api/v1/namespaces/a', 'delete namespaces  a a'],
  ['POST', '/apis/coordination.k8s.io/v1/namespaces/a/leases', 'create leases  a '],
  ['PUT', '/apis/coordination.k8s.io/v1/namespaces/a/leases/x', 'update leases  a x'],
  ['PATCH', '/apis/rbac.authorization.k8s.io/v1/clusterroles/x', 'patch clusterroles   x'],
  ['POST', '/api/v1/namespaces/a/serviceaccounts/x/token', 'create serviceaccounts token a x'],
  ['GET', '/api/v1/namespaces/a/configmaps/%2e%2e%2Fx%', 'get configmaps  a %2e%2e%2Fx%'],
  ['GET', '/version', 'get    '],
])('%s %s is told as "%s"', (method, url, told) => {
  const { verb, resource, subresource, namespace, name } = routeOf(method, url);
  expect([verb, resource, subresource, namespace, name].join(' ')).toBe(told);
});
