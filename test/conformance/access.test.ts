import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../tools/cluster/audit-log.ts';
import { until } from '../../tools/trial/until.ts';
import { configMap, configMaps, event, events, lease, leases, namespaced } from './objects.ts';
import { refused } from './refused.ts';
import { describeServer } from './server.ts';

const accounts = namespaced('serviceaccounts');

describeServer('access', {}, (server) => {
  const send = (...words: Parameters<ReturnType<typeof server>['client']['send']>) => server().client.send(...words);

  test('is refused with 401 to a token that stands for nobody, and with 403 without any', async () => {
    expect(await send('GET', leases, undefined, { token: 'nobody' })).toMatchObject(refused(401, 'Unauthorized'));
    const anonymous = await send('GET', leases, undefined, { token: null });
    expect(anonymous).toMatchObject(refused(403, 'Forbidden'));
    expect(anonymous.body['message']).toBe(
      'leases.coordination.k8s.io is forbidden: User "system:anonymous" cannot list resource "leases" in API group "coordination.k8s.io" in the namespace "default"',
    );
    for (const path of ['/version', '/readyz', '/livez'])
      expect((await send('GET', path, undefined, { token: null })).status).toBe(200);
  });

  test('is granted to a token of a service account, under its name', async () => {
    await server().client.expect('POST', accounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'a' },
    });
    const { token } = (await requestToken('a')).body['status'] as { readonly token: string };
    const userAgent = 'by service account';
    const answer = await send('GET', events, undefined, { token, userAgent });
    expect(answer.status).not.toBe(401);
    const entry = await logged((candidate) => candidate.userAgent === userAgent);
    expect(entry.user).toBe('system:serviceaccount:default:a');
  });

  test('is refused to a token for less than ten minutes, and to one of nobody', async () => {
    await server().client.expect('POST', accounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'b' },
    });
    expect(await requestToken('b', 599)).toMatchObject(refused(422, 'Invalid'));
    expect((await requestToken('b', 600)).status).toBe(201);
    expect(await requestToken('none')).toMatchObject(refused(404, 'NotFound'));
  });

  test('to what is not there is a 404, and to what cannot be done a 405', async () => {
    expect(await send('GET', '/api/v1/unheardof')).toMatchObject(refused(404, 'NotFound'));
    for (const path of ['/nothing', '/apis/example.com/v1/things']) expect((await send('GET', path)).status).toBe(404);
    expect(await send('POST', `${configMaps}/named`, configMap('named'))).toMatchObject(refused(405));
    expect(await send('PUT', configMaps, configMap('named'))).toMatchObject(refused(405));
  });

  test('is answered with the time, and not to be cached', async () => {
    const { headers } = await send('GET', events);
    expect(new Date(headers.date ?? '').getTime()).not.toBeNaN();
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  });

  describe('is logged', () => {
    const asked = async (userAgent: string) => {
      const own = (entry: AuditEntry) => entry.userAgent === userAgent;
      return (await server().plane.requests()).filter(own);
    };

    test('as verb, resource, namespace, name and code, once it is answered', async () => {
      const userAgent = 'writer';
      const options = { userAgent };
      await send('POST', leases, lease('logged'), options);
      await send('GET', `${leases}/logged`, undefined, options);
      await send('PUT', `${leases}/logged`, lease('logged'), options);
      await send('GET', `${events}?fieldSelector=metadata.name%3Dx&limit=5`, undefined, options);
      await send('POST', events, event('logged'), options);
      const merge = { ...options, contentType: 'application/merge-patch+json' };
      await send('PATCH', `${events}/logged`, { count: 2 }, merge);
      await send('DELETE', `${leases}/logged`, undefined, options);
      await send('GET', '/api/v1/namespaces/kube-system', undefined, options);
      await send('GET', '/api/v1/events', undefined, options);
      const entries = await until('nine entries', async () => {
        const found = await asked(userAgent);
        return found.length >= 9 ? found : undefined;
      });
      expect(
        entries.map(({ stage, verb, resource, namespace, name, code, user }) =>
          [stage, verb, resource, namespace, name, code, user].join(' '),
        ),
      ).toEqual([
        'ResponseComplete create leases default logged 201 admin',
        'ResponseComplete get leases default logged 200 admin',
        'ResponseComplete update leases default logged 422 admin',
        'ResponseComplete list events default x 200 admin',
        'ResponseComplete create events default logged 201 admin',
        'ResponseComplete patch events default logged 200 admin',
        'ResponseComplete delete leases default logged 200 admin',
        'ResponseComplete get namespaces kube-system kube-system 200 admin',
        'ResponseComplete list events   200 admin',
      ]);
      expect(entries[3]?.query.get('limit')).toBe('5');
      for (const { receivedAt, stageAt } of entries) expect(stageAt).toBeGreaterThanOrEqual(receivedAt);
    });

    test('at the start and at the end of a watch', async () => {
      const stream = await server().client.watch(leases, {
        fieldSelector: 'metadata.name=watched',
        timeoutSeconds: 1,
        resourceVersion: '1',
      });
      await stream.all();
      const isOwn = ({ verb, name }: AuditEntry) => verb === 'watch' && name === 'watched';
      const entries = await until('two entries', async () => {
        const found = (await server().plane.requests()).filter(isOwn);
        return found.length >= 2 ? found : undefined;
      });
      expect(entries.map(({ stage, resource, code }) => [stage, resource, code])).toEqual([
        ['ResponseStarted', 'leases', 200],
        ['ResponseComplete', 'leases', 200],
      ]);
    });
  });

  const requestToken = (name: string, expirationSeconds = 3_600) =>
    send('POST', `${accounts}/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds },
    });
  const logged = (isIt: (entry: AuditEntry) => boolean) =>
    until('an entry of the log', async () => (await server().plane.requests()).find(isIt));
});
