import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createNamedObject } from '../../../runtime/src/kube/named-object.ts';
import type { KubernetesObject } from '../../../runtime/src/support/kubernetes-object.ts';
import { answer, clientOn, connectionTo, failureOf, type Handler, startApi } from './api-server.ts';

const path = '/apis/coordination.k8s.io/v1/namespaces/monitoring/leases';
const lease = { metadata: { name: 'lock', uid: 'u-1', resourceVersion: '7' }, spec: { strategy: 'foreign' } };
const frame = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;

async function objectOn(handle: Handler) {
  const api = await startApi(handle);
  const { client, clock } = clientOn(connectionTo(api.port));
  const where = { apiVersion: 'coordination.k8s.io/v1', resource: 'leases', namespace: 'monitoring', name: 'lock' };
  return { api, object: createNamedObject<KubernetesObject>({ ...where, client, clock }) };
}

test('an object that is not there is undefined to get, and any other failure an error', async () => {
  const statuses = [200, 404, 403];
  const { object } = await objectOn((_, response) => answer(response, statuses.shift() ?? 500, lease));
  expect(await object.get()).toEqual(lease);
  expect(await object.get()).toBeUndefined();
  expect(await failureOf(object.get())).toMatchObject({ code: 'API_FORBIDDEN' });
});

test('a write goes to the object under our field manager, with the uid and resourceVersion that it was seen with', async () => {
  const { api, object } = await objectOn(({ body }, response) => answer(response, 200, body));
  expect(await object.create({ spec: {} } as KubernetesObject)).toEqual({ spec: {} });
  expect(await object.replace(lease)).toEqual(lease);
  expect(api.requests).toMatchObject([
    { method: 'POST', path, query: { fieldManager: 'eventbaton' } },
    { method: 'PUT', path: `${path}/lock`, query: { fieldManager: 'eventbaton' }, body: lease },
  ]);
});

test('an object without uid or resourceVersion is never sent as a replacement', async () => {
  const { api, object } = await objectOn((_, response) => answer(response, 200, {}));
  for (const metadata of [undefined, {}, { uid: 'u-1' }, { resourceVersion: '7' }, { uid: '', resourceVersion: '7' }])
    await failureOf(object.replace(metadata === undefined ? {} : { metadata }));
  expect(api.requests).toHaveLength(0);
});

test('a replacement that came too late is a conflict', async () => {
  const { object } = await objectOn((_, response) =>
    answer(response, 409, { message: 'the object has been modified' }),
  );
  expect(await failureOf(object.replace(lease))).toMatchObject({ code: 'API_CONFLICT' });
});

describe('a watch of the object', () => {
  test('selects it by name and gives each state, undefined for a deletion, until the server ends it', async () => {
    const { api, object } = await objectOn((_, response) => {
      response.write(frame('ADDED', lease) + frame('BOOKMARK', { metadata: { resourceVersion: '8' } }));
      response.end(frame('MODIFIED', { ...lease, spec: {} }) + frame('DELETED', lease));
    });
    const states = [];
    for await (const state of await object.watch('7', new AbortController().signal)) states.push(state);
    expect(states).toEqual([lease, { ...lease, spec: {} }, undefined]);
    expect(api.requests).toMatchObject([
      { path, query: { fieldSelector: 'metadata.name=lock', watch: 'true', resourceVersion: '7' } },
    ]);
  });

  test('begins with the present state where no resourceVersion is given', async () => {
    const { api, object } = await objectOn((_, response) => response.end());
    for await (const _ of await object.watch(undefined, new AbortController().signal));
    expect(api.requests[0]?.query).not.toHaveProperty('resourceVersion');
  });

  test('is broken by a frame of an unknown type', async () => {
    const { object } = await objectOn((_, response) => response.write(frame('RENAMED', lease)));
    const changes = await object.watch('7', new AbortController().signal);
    expect(await failureOf(changes[Symbol.asyncIterator]().next())).toMatchObject({ code: 'API_BROKEN' });
  });

  test.each(['leaves the loop', 'aborts'])('closes its connection when the reader %s', async (how) => {
    const stop = new AbortController();
    let server: ServerResponse | undefined;
    const { object } = await objectOn((_, response) => {
      server = response;
      response.write(frame('ADDED', lease));
    });
    const read = async () => {
      for await (const _ of await object.watch('7', stop.signal)) {
        if (how === 'aborts') stop.abort();
        else break;
      }
    };
    if (how === 'aborts') expect(await failureOf(read())).toMatchObject({ code: 'API_BROKEN' });
    else await read();
    if (server?.closed === false) await once(server, 'close');
  });
});
