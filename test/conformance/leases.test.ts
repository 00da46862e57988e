import { describe, expect, test } from 'vitest';
import { changed, lease, leases, versionOf } from './objects.ts';
import { refused } from './refused.ts';
import { describeServer } from './server.ts';

describeServer('a Lease', {}, (server) => {
  const send = (...words: Parameters<ReturnType<typeof server>['client']['send']>) => server().client.send(...words);
  const create = (name: string, spec?: Readonly<Record<string, unknown>>) =>
    server().client.expect('POST', leases, lease(name, spec));

  describe('that is created', () => {
    test('gets uid, resourceVersion and the time in whole seconds, and is there', async () => {
      const told = await create('created', { holderIdentity: 'a', leaseDurationSeconds: 60, leaseTransitions: 0 });
      expect(told).toMatchObject({
        kind: 'Lease',
        apiVersion: 'coordination.k8s.io/v1',
        metadata: { name: 'created', namespace: 'default' },
        spec: { holderIdentity: 'a', leaseDurationSeconds: 60, leaseTransitions: 0 },
      });
      expect(told.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(told.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
      expect(told.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(await send('GET', `${leases}/created`)).toMatchObject({ status: 200, body: told });
    });

    test('is refused where one of that name is there, and where a resourceVersion is given', async () => {
      await create('twice');
      expect(await send('POST', leases, lease('twice'))).toMatchObject(refused(409, 'AlreadyExists'));
      const versioned = await send('POST', leases, lease('versioned', {}, { resourceVersion: '5' }));
      expect(versioned).toMatchObject(refused(500));
    });

    test('gets a uid of its own, whatever uid it brings', async () => {
      const { body } = await send('POST', leases, lease('uid', {}, { uid: 'mine' }));
      expect(body.metadata.uid).not.toBe('mine');
    });

    test('is refused where nothing names it, its name is none, or it is sent to another namespace', async () => {
      expect(await send('POST', leases, { ...lease('x'), metadata: {} })).toMatchObject(refused(422, 'Invalid'));
      expect(await send('POST', leases, lease('Not_A_Name'))).toMatchObject(refused(422, 'Invalid'));
      const elsewhere = await send('POST', leases, lease('x', {}, { namespace: 'kube-system' }));
      expect(elsewhere).toMatchObject(refused(400, 'BadRequest'));
    });

    test('is refused where it is no JSON, or of another kind', async () => {
      expect(await send('POST', leases, '{no')).toMatchObject(refused(400, 'BadRequest'));
      const other = { ...lease('x'), apiVersion: 'v1', kind: 'ConfigMap' };
      expect(await send('POST', leases, other)).toMatchObject(refused(400, 'BadRequest'));
    });
  });

  describe('with times', () => {
    test('needs exactly six digits behind the second', async () => {
      for (const renewTime of [
        '2030-01-01T00:00:00.123Z',
        '2030-01-01T00:00:00Z',
        '2030-01-01T00:00:00.1234567Z',
        'soon',
      ])
        expect(await send('POST', leases, lease('bad-time', { renewTime }))).toMatchObject(refused(400, 'BadRequest'));
    });

    test('keeps them to the microsecond, in UTC', async () => {
      const told = await create('times', {
        acquireTime: '2030-01-01T00:00:00.123456Z',
        renewTime: '2030-01-01T02:00:00.000001+02:00',
      });
      expect(told['spec']).toEqual({
        acquireTime: '2030-01-01T00:00:00.123456Z',
        renewTime: '2030-01-01T00:00:00.000001Z',
      });
    });
  });

  test.each([
    ['a duration of 0', { leaseDurationSeconds: 0 }, 422],
    ['a negative number of transitions', { leaseTransitions: -1 }, 422],
    ['a duration that is text', { leaseDurationSeconds: '60' }, 400],
    ['a duration that is no whole number', { leaseDurationSeconds: 1.5 }, 400],
    ['a holder that is a number', { holderIdentity: 1 }, 400],
  ])('with %s is refused', async (_, spec, status) => {
    expect(await send('POST', leases, lease('odd', spec))).toMatchObject(refused(status));
  });

  test('may be held by nobody, with a duration of 1 s, and drops what it does not know', async () => {
    const told = await create('released', { holderIdentity: '', leaseDurationSeconds: 1, unheardOf: 1 });
    expect(told['spec']).toEqual({ holderIdentity: '', leaseDurationSeconds: 1 });
  });

  describe('that is replaced', () => {
    const put = (name: string, object: unknown) => send('PUT', `${leases}/${name}`, object);

    test('as it was seen is replaced, and has a higher resourceVersion', async () => {
      const first = await create('replaced');
      const { status, body } = await put('replaced', changed(first, { spec: { holderIdentity: 'b' } }));
      expect([status, body['spec']]).toEqual([200, { holderIdentity: 'b' }]);
      expect(versionOf(body)).toBeGreaterThan(versionOf(first));
      expect(body.metadata).toMatchObject({
        uid: first.metadata.uid,
        creationTimestamp: first.metadata.creationTimestamp,
      });
    });

    test('without a resourceVersion is refused', async () => {
      await create('unconditional');
      const answer = await put('unconditional', lease('unconditional'));
      expect(answer).toMatchObject(refused(422, 'Invalid'));
      expect(String(answer.body['message'])).toContain('must be specified for an update');
    });

    test('as it was before the last change is a conflict', async () => {
      const first = await create('stale');
      await put('stale', changed(first, { spec: { holderIdentity: 'b' } }));
      const answer = await put('stale', changed(first, { spec: { holderIdentity: 'c' } }));
      expect(answer).toMatchObject(refused(409, 'Conflict'));
      expect(String(answer.body['message'])).toContain('the object has been modified');
    });

    test('with the uid of another is a conflict, whatever the resourceVersion', async () => {
      const first = await create('other-uid');
      expect(await put('other-uid', changed(first, {}, { uid: 'x' }))).toMatchObject(refused(409, 'Conflict'));
      const unversioned = lease('other-uid', {}, { uid: 'x' });
      expect(await put('other-uid', unversioned)).toMatchObject(refused(409, 'Conflict'));
    });

    test('with a resourceVersion that is no number, or under another name, is refused', async () => {
      const first = await create('garbage');
      expect(await put('garbage', changed(first, {}, { resourceVersion: 'abc' }))).toMatchObject(refused(500));
      expect(await put('garbage', changed(first, {}, { name: 'x' }))).toMatchObject(refused(400, 'BadRequest'));
    });

    test('by the same content is not written', async () => {
      const first = await create('same', { holderIdentity: 'a', renewTime: '2030-01-01T00:00:00.000000Z' });
      const { status, body } = await put('same', first);
      expect([status, body.metadata.resourceVersion]).toEqual([200, first.metadata.resourceVersion]);
    });

    test('after it was deleted is a conflict with its uid, and a new one without', async () => {
      const first = await create('deleted');
      await server().client.expect('DELETE', `${leases}/deleted`);
      expect(await put('deleted', first)).toMatchObject(refused(409, 'Conflict'));
      const { uid, ...metadata } = first.metadata;
      const again = await put('deleted', { ...first, metadata });
      expect(again.status).toBe(201);
      expect(again.body.metadata.uid).not.toBe(uid);
    });

    test('where there never was one is created', async () => {
      expect((await put('never', lease('never'))).status).toBe(201);
    });
  });

  test('that is deleted is not found any more', async () => {
    const { metadata } = await create('gone');
    const answer = await send('DELETE', `${leases}/gone`);
    expect(answer).toMatchObject({ status: 200, body: { kind: 'Status', status: 'Success' } });
    expect(answer.body['details']).toMatchObject({ name: 'gone', uid: metadata.uid });
    for (const method of ['GET', 'DELETE'])
      expect(await send(method, `${leases}/gone`)).toMatchObject(refused(404, 'NotFound'));
  });
});
