import { describe, expect, test } from 'vitest';
import {
  changed,
  configMap,
  configMaps,
  endpoints,
  endpointsNamed,
  event,
  events,
  lease,
  leases,
  namespace,
  namespaced,
  versionOf,
} from './objects.ts';
import { refused } from './refused.ts';
import { describeServer } from './server.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';

describeServer('an object', {}, (server) => {
  type Client = ReturnType<typeof server>['client'];
  const send = (...words: Parameters<Client['send']>) => server().client.send(...words);
  const make = (path: string, object: unknown) => server().client.expect('POST', path, object);
  const patch = (path: string, body: unknown) => server().client.mergePatch(path, body);

  describe('ConfigMap', () => {
    test('replaced without a resourceVersion is overwritten', async () => {
      const { metadata } = await make(configMaps, configMap('overwritten', { a: '1' }));
      const { status, body } = await send('PUT', `${configMaps}/overwritten`, configMap('overwritten', { b: '2' }));
      expect([status, body['data'], body.metadata.uid]).toEqual([200, { b: '2' }, metadata.uid]);
    });

    test('replaced as it was before the last change, or with the uid of another, is a conflict', async () => {
      const first = await make(configMaps, configMap('stale', { a: '1' }));
      await send('PUT', `${configMaps}/stale`, changed(first, { data: { a: '2' } }));
      expect(await send('PUT', `${configMaps}/stale`, first)).toMatchObject(refused(409, 'Conflict'));
      const other = configMap('stale', {}, { uid: 'x' });
      expect(await send('PUT', `${configMaps}/stale`, other)).toMatchObject(refused(409, 'Conflict'));
    });

    test('replaced after it was deleted is not found, whether a uid is given or not', async () => {
      const first = await make(configMaps, configMap('deleted'));
      await send('DELETE', `${configMaps}/deleted`);
      expect(await send('PUT', `${configMaps}/deleted`, first)).toMatchObject(refused(404, 'NotFound'));
      const bare = configMap('deleted');
      expect(await send('PUT', `${configMaps}/deleted`, bare)).toMatchObject(refused(404, 'NotFound'));
    });

    test('replaced by the same content, also with empty maps more, is not written', async () => {
      const first = await make(configMaps, configMap('same', { a: '1' }));
      const odd = changed(first, { binaryData: {} }, { annotations: {}, labels: {} });
      for (const object of [first, odd]) {
        const { body } = await send('PUT', `${configMaps}/same`, object);
        expect(body).toMatchObject({ data: { a: '1' }, metadata: { resourceVersion: first.metadata.resourceVersion } });
      }
    });

    test('keeps keys that are names of object members elsewhere', async () => {
      const data = JSON.parse('{"__proto__":"1","constructor":"2"}') as Record<string, string>;
      const { body } = await send('POST', configMaps, { ...configMap('proto'), data });
      expect(new Map(Object.entries(body['data'] ?? {}))).toEqual(new Map(Object.entries(data)));
    });

    test('whose data are not text is refused', async () => {
      expect(await send('POST', configMaps, configMap('numbers', { a: 1 }))).toMatchObject(refused(400, 'BadRequest'));
    });

    test('is deleted only with the uid and resourceVersion that are asked for', async () => {
      const { metadata } = await make(configMaps, configMap('guarded'));
      const options = (preconditions: object) => ({ kind: 'DeleteOptions', apiVersion: 'v1', preconditions });
      const remove = (preconditions: object) => send('DELETE', `${configMaps}/guarded`, options(preconditions));
      expect(await remove({ uid: 'x' })).toMatchObject(refused(409, 'Conflict'));
      expect(await remove({ resourceVersion: '1' })).toMatchObject(refused(409, 'Conflict'));
      expect((await remove({ uid: metadata.uid, resourceVersion: metadata.resourceVersion })).status).toBe(200);
    });

    test('with a generated name gets one of its own', async () => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'many-' } };
      const names = [await make(configMaps, object), await make(configMaps, object)].map((told) => told.metadata.name);
      expect(new Set(names).size).toBe(2);
      for (const name of names) expect(name).toMatch(/^many-[a-z0-9]+$/);
    });
  });

  describe('that is patched by merge', () => {
    test('changes where the patch says so, and loses what is null there', async () => {
      await make(configMaps, configMap('merged', { a: '1', b: '2' }, { annotations: { x: '1' } }));
      const { status, body } = await patch(`${configMaps}/merged`, {
        metadata: { annotations: { y: '2' } },
        data: { a: null, c: '3' },
      });
      expect([status, body['data'], body.metadata['annotations']]).toEqual([
        200,
        { b: '2', c: '3' },
        { x: '1', y: '2' },
      ]);
    });

    test('with a stale resourceVersion is a conflict, and without one it is not', async () => {
      const first = await make(configMaps, configMap('versioned', { a: '1' }));
      await patch(`${configMaps}/versioned`, { data: { a: '2' } });
      const { resourceVersion } = first.metadata;
      const stale = { metadata: { resourceVersion }, data: { a: '3' } };
      expect(await patch(`${configMaps}/versioned`, stale)).toMatchObject(refused(409, 'Conflict'));
      expect((await patch(`${configMaps}/versioned`, { data: { a: '3' } })).status).toBe(200);
    });

    test('cannot change its name or uid, nor come into being', async () => {
      await make(configMaps, configMap('fixed'));
      expect(await patch(`${configMaps}/fixed`, { metadata: { name: 'x' } })).toMatchObject(refused(400, 'BadRequest'));
      expect(await patch(`${configMaps}/fixed`, { metadata: { uid: 'x' } })).toMatchObject(refused(422, 'Invalid'));
      expect(await patch(`${configMaps}/none`, { data: {} })).toMatchObject(refused(404, 'NotFound'));
    });

    test('to what it is already is not written', async () => {
      const first = await make(configMaps, configMap('unmoved', { a: '1' }));
      const { body } = await patch(`${configMaps}/unmoved`, { data: { a: '1' } });
      expect(body.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    });

    test('needs a content type of a patch', async () => {
      await make(configMaps, configMap('untyped'));
      expect(await send('PATCH', `${configMaps}/untyped`, { data: {} })).toMatchObject(refused(415));
    });
  });

  describe('that is applied', () => {
    const apply = (name: string, data: object, manager?: string) =>
      server().client.apply(`${configMaps}/${name}`, configMap(name, { ...data }), manager);

    test('comes into being, and loses later what its manager alone brought and brings no more', async () => {
      expect((await apply('applied', { a: '1', b: '2' })).status).toBe(201);
      const { status, body } = await apply('applied', { b: '2', c: '3' });
      expect([status, body['data']]).toEqual([200, { b: '2', c: '3' }]);
    });

    test('leaves alone what others brought', async () => {
      await make(configMaps, configMap('shared', { theirs: '1' }));
      await apply('shared', { a: '1', b: '1' });
      await patch(`${configMaps}/shared`, { data: { b: 'theirs now' } });
      const { body } = await apply('shared', {});
      expect(body['data']).toEqual({ theirs: '1', b: 'theirs now' });
    });

    test('to what it is already is not written', async () => {
      const { body } = await apply('idle', { a: '1' });
      expect((await apply('idle', { a: '1' })).body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
    });

    test('needs a field manager', async () => {
      const options = { contentType: 'application/apply-patch+yaml' };
      const answer = await send('PATCH', `${configMaps}/nobody`, configMap('nobody'), options);
      expect(answer).toMatchObject(refused(422, 'Invalid'));
    });
  });

  describe('Endpoints', () => {
    test('keeps its annotations, and every answer warns of its deprecation', async () => {
      const created = await send('POST', endpoints, endpointsNamed('lock', { record: '{"a":1}' }));
      const read = await send('GET', `${endpoints}/lock`);
      const missing = await send('GET', `${endpoints}/none`);
      expect(read.body.metadata['annotations']).toEqual({ record: '{"a":1}' });
      expect([created.status, read.status, missing.status]).toEqual([201, 200, 404]);
      for (const { headers } of [created, read, missing])
        expect(headers['warning']).toBe(
          '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
        );
    });

    test('deleted meanwhile is a conflict with its uid, and comes into being without', async () => {
      const first = await make(endpoints, endpointsNamed('deleted'));
      await send('DELETE', `${endpoints}/deleted`);
      expect(await send('PUT', `${endpoints}/deleted`, first)).toMatchObject(refused(409, 'Conflict'));
      expect((await send('PUT', `${endpoints}/deleted`, endpointsNamed('deleted'))).status).toBe(201);
    });
  });

  describe('Event', () => {
    test('is told with the fields that Go never omits', async () => {
      const told = await make(events, event('told'));
      expect(told).toEqual({
        kind: 'Event',
        apiVersion: 'v1',
        metadata: expect.anything() as unknown,
        involvedObject: { kind: 'Pod', namespace: 'default', name: 'cart' },
        reason: 'Started',
        message: 'text',
        source: {},
        firstTimestamp: null,
        lastTimestamp: null,
        type: 'Normal',
        eventTime: null,
        reportingComponent: '',
        reportingInstance: '',
      });
    });

    test('keeps all that it brings, times in seconds or microseconds as their fields have them', async () => {
      const fields = {
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'a', uid: 'u', fieldPath: 'f' },
        source: { component: 'kubelet', host: 'node' },
        firstTimestamp: '2030-01-01T00:00:00Z',
        lastTimestamp: '2030-01-01T00:00:01Z',
        count: 3,
        eventTime: '2030-01-01T00:00:00.000001Z',
        series: { count: 2, lastObservedTime: '2030-01-01T00:00:00.000002Z' },
        action: 'Pulling',
        related: { kind: 'Node', name: 'node' },
        reportingComponent: 'kubelet',
        reportingInstance: 'kubelet-1',
        message: 'ü\u2028\u009b\u001b[31m🎉',
      };
      expect(await make(events, event('full', fields))).toMatchObject(fields);
      const fraction = event('fraction', { lastTimestamp: '2030-01-01T02:00:01.75+02:00', eventTime: null });
      expect((await make(events, fraction))['lastTimestamp']).toBe('2030-01-01T00:00:01Z');
      const wrong = event('wrong', { eventTime: '2030-01-01T00:00:00Z' });
      expect(await send('POST', events, wrong)).toMatchObject(refused(400, 'BadRequest'));
    });

    test('is refused where it is about an object of another namespace', async () => {
      const about = (involved: object) => ({ involvedObject: { kind: 'Pod', ...involved } });
      const foreign = event('foreign', about({ namespace: 'kube-system' }));
      expect(await send('POST', events, foreign)).toMatchObject(refused(422, 'Invalid'));
      expect((await send('POST', events, event('of-no-namespace', about({})))).status).toBe(201);
      await make('/api/v1/namespaces', namespace('not-default'));
      const elsewhere = event('of-no-namespace', about({}), 'not-default');
      expect(await send('POST', namespaced('events', 'not-default'), elsewhere)).toMatchObject(refused(422, 'Invalid'));
    });

    test('keeps its uid through updates and loses it when it is made anew', async () => {
      const first = await make(events, event('counted'));
      const { body: second } = await patch(`${events}/counted`, { count: 2 });
      expect([second.metadata.uid, second['count']]).toEqual([first.metadata.uid, 2]);
      expect(versionOf(second)).toBeGreaterThan(versionOf(first));
      await send('DELETE', `${events}/counted`);
      expect((await make(events, event('counted'))).metadata.uid).not.toBe(first.metadata.uid);
    });
  });

  describe('of a namespace', () => {
    test('is refused where the namespace is missing, whose lists are empty', async () => {
      for (const [path, object] of [
        [namespaced('configmaps', 'nowhere'), configMap('x')],
        [namespaced('leases', 'nowhere'), lease('x')],
        [namespaced('events', 'nowhere'), event('x', {}, 'nowhere')],
      ] as const) {
        const answer = await send('POST', path, object);
        expect(answer).toMatchObject(refused(404, 'NotFound'));
        expect(answer.body['details']).toMatchObject({ kind: 'namespaces', name: 'nowhere' });
        expect(await send('GET', path)).toMatchObject({ status: 200, body: { items: [] } });
      }
    });

    test('is refused where the namespace is going, which it is from its deletion on', async () => {
      const told = await make('/api/v1/namespaces', namespace('going'));
      expect(told).toMatchObject({
        metadata: { labels: { 'kubernetes.io/metadata.name': 'going' } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
      const { body } = await send('DELETE', '/api/v1/namespaces/going');
      expect(body).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
      expect(body.metadata['deletionTimestamp']).toBeDefined();
      const answer = await send('POST', namespaced('configmaps', 'going'), configMap('x'));
      expect(answer).toMatchObject(refused(403, 'Forbidden'));
    });
  });

  test.each([
    ['Event', events, event('put')],
    ['Lease', leases, lease('put')],
    ['ConfigMap', configMaps, configMap('put')],
    ['Endpoints', endpoints, endpointsNamed('put')],
    ['Namespace', '/api/v1/namespaces', namespace('put')],
    ['ServiceAccount', namespaced('serviceaccounts'), plain('v1', 'ServiceAccount')],
    ['Secret', namespaced('secrets'), plain('v1', 'Secret')],
    ['Role', `${rbac}/namespaces/default/roles`, plain('rbac.authorization.k8s.io/v1', 'Role')],
    ['ClusterRole', `${rbac}/clusterroles`, plain('rbac.authorization.k8s.io/v1', 'ClusterRole')],
  ])('%s: what a PUT does where nothing is, and without a resourceVersion', async (kind, path, object) => {
    const creates = ['Event', 'Lease', 'Endpoints', 'Role', 'ClusterRole'].includes(kind);
    expect((await send('PUT', `${path}/put`, object)).status).toBe(creates ? 201 : 404);
    if (!creates) await make(path, object);
    const labelled = { ...object, metadata: { ...object.metadata, labels: { a: 'b' } } };
    expect((await send('PUT', `${path}/put`, labelled)).status).toBe(kind === 'Lease' ? 422 : 200);
    const { body } = await send('DELETE', `${path}/put`);
    expect(body.kind).toBe(['Namespace', 'ServiceAccount'].includes(kind) ? kind : 'Status');
  });

  test('has a resourceVersion out of one counter for all kinds, which every write raises', async () => {
    const versions = [
      await make(leases, lease('counter')),
      await make(events, event('counter')),
      await make(configMaps, configMap('counter')),
      (await patch(`${events}/counter`, { count: 2 })).body,
      await make(endpoints, endpointsNamed('counter')),
    ].map(versionOf);
    expect(new Set(versions).size).toBe(versions.length);
    expect(versions).toEqual([...versions].sort((a, b) => (a < b ? -1 : 1)));
  });
});

function plain(apiVersion: string, kind: string) {
  return { apiVersion, kind, metadata: { name: 'put' } };
}
