import { expect, test } from 'vitest';
import { clusterUidReader } from '../../../runtime/src/kube/cluster.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import { answer, clientOn, connectionTo, failureOf, startApi } from './api-server.ts';

const { signal } = new AbortController();

async function readerOn(...answers: readonly (readonly [number, unknown])[]) {
  const left = [...answers];
  const api = await startApi((_, response) => answer(response, ...(left.shift() ?? [500, {}])));
  const { client } = clientOn(connectionTo(api.port));
  const told: Happening[] = [];
  return { api, told, read: clusterUidReader(client, (happening) => told.push(happening)) };
}

test('the uid of namespace kube-system is asked for once', async () => {
  const { api, read } = await readerOn([200, { metadata: { uid: 'cluster-1' } }]);
  expect([await read(signal), await read(signal)]).toEqual(['cluster-1', 'cluster-1']);
  expect(api.requests.map(({ path }) => path)).toEqual(['/api/v1/namespaces/kube-system']);
});

test('where it may not be read the check is off, which is told, and is on again as soon as it may be', async () => {
  const { told, read } = await readerOn([403, { message: 'no' }], [200, { metadata: { uid: 'cluster-1' } }]);
  expect([await read(signal), await read(signal)]).toEqual([undefined, 'cluster-1']);
  expect(told).toMatchObject([{ what: 'cluster check off', error: { code: 'API_FORBIDDEN' } }]);
});

test('a failure that may pass leaves the question open', async () => {
  const { read } = await readerOn(
    [503, {}],
    [401, {}],
    [200, { metadata: {} }],
    [200, { metadata: { uid: 'cluster-1' } }],
  );
  expect(await failureOf(read(signal))).toMatchObject({ code: 'API_UNAVAILABLE' });
  expect(await failureOf(read(signal))).toMatchObject({ code: 'API_FORBIDDEN' });
  expect(await failureOf(read(signal))).toMatchObject({ code: 'API_UNAVAILABLE' });
  expect(await read(signal)).toBe('cluster-1');
});
