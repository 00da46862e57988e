import { describe, expect, test } from 'vitest';
import type { AdminClient } from '../../../tools/cluster/admin-client.ts';
import { ForeignObjects, isGone } from '../../../tools/demo/foreign-objects.ts';

type Answer = number | Error;

/** A cluster that answers each request as told, others with success, and remembers them. */
function clusterWith(answers: Readonly<Record<string, Answer>> = {}) {
  const asked: string[] = [];
  const send: AdminClient['send'] = async (method, path) => {
    const request = `${method} ${path}`;
    asked.push(request);
    const answer = answers[request] ?? 200;
    if (answer instanceof Error) throw answer;
    return { status: answer, body: { message: 'because' } as never, warnings: [] };
  };
  return { asked, send };
}

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo-1' } };
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a', namespace: 'demo-1' } };
const accounts = '/api/v1/namespaces/demo-1/serviceaccounts';

describe('what the demo makes in a cluster', () => {
  test('is removed, the namespace last', async () => {
    const cluster = clusterWith();
    const objects = new ForeignObjects(cluster);
    await objects.make(namespace);
    await objects.make(account);
    await objects.remove();
    expect(cluster.asked.slice(2)).toEqual([`DELETE ${accounts}/a`, 'DELETE /api/v1/namespaces/demo-1']);
  });

  test.each([403, 409])(
    'is not removed where the cluster refused it with %i: it is not ours, and the reason is told',
    async (status) => {
      const cluster = clusterWith({ 'POST /api/v1/namespaces': status });
      const objects = new ForeignObjects(cluster);
      await expect(objects.make(namespace)).rejects.toThrow(`POST /api/v1/namespaces: ${status} because`);
      await expect(objects.remove()).resolves.toBe(false);
      expect(cluster.asked).toEqual(['POST /api/v1/namespaces']);
    },
  );

  test('is removed also where no answer came: it may be there', async () => {
    const cluster = clusterWith({ [`POST ${accounts}`]: new Error('ECONNRESET'), [`DELETE ${accounts}/a`]: 404 });
    const objects = new ForeignObjects(cluster);
    await expect(objects.make(account)).rejects.toThrow('ECONNRESET');
    await objects.remove();
    expect(cluster.asked.at(-1)).toBe(`DELETE ${accounts}/a`);
  });

  test.each([
    ['a refusal', 403],
    ['a broken connection', new Error('ECONNRESET')],
  ] as const)('is removed as far as it can be, and what is left after %s is named', async (_what, answer) => {
    const cluster = clusterWith({ [`DELETE ${accounts}/a`]: answer });
    const objects = new ForeignObjects(cluster);
    await objects.make(namespace);
    await objects.make(account);
    await expect(objects.remove()).rejects.toThrow(`DELETE ${accounts}/a`);
    expect(cluster.asked.at(-1)).toBe('DELETE /api/v1/namespaces/demo-1');
  });
});

describe('a namespace that was deleted', () => {
  test('is gone once the cluster knows it no more', async () => {
    await expect(isGone(clusterWith({ 'GET /api/v1/namespaces/demo-1': 404 }), 'demo-1', 0)).resolves.toBe(true);
  });

  test('is not called gone while the cluster still has it', async () => {
    await expect(isGone(clusterWith(), 'demo-1', 0)).resolves.toBe(false);
  });
});
