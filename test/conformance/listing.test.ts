import { beforeAll, describe, expect, test } from 'vitest';
import type { Query, Told } from './client.ts';
import { configMap, event, lease, leases, namespace, namespaced, versionOf } from './objects.ts';
import { refused } from './refused.ts';
import { describeServer } from './server.ts';

const names = ['a', 'b', 'c', 'd', 'e'];
const own = namespaced('events', 'listed');

describeServer('a list', {}, (server) => {
  const get = (path: string, query?: Query) => server().client.get(path, query);
  const listed = async (path: string, query?: Query): Promise<Told> => {
    const { status, body } = await get(path, query);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  const write = (name: string, fields?: object) =>
    server().client.expect('POST', own, event(name, { ...fields }, 'listed'));
  const namesIn = ({ items }: Told) => items.map(({ metadata }) => metadata.name);
  /** All pages of a list. @param between done before each further page */
  const pages = async (path: string, limit: number, between = async () => {}): Promise<readonly Told[]> => {
    const read = [await listed(path, { limit })];
    for (let next = read[0]?.metadata.continue; next !== undefined; next = read.at(-1)?.metadata.continue) {
      await between();
      read.push(await listed(path, { limit, continue: next }));
    }
    return read;
  };

  beforeAll(async () => {
    await server().client.expect('POST', '/api/v1/namespaces', namespace('listed'));
    for (const name of names.toReversed()) await write(name);
  });

  test('has its items in the order of their names, without kind and apiVersion, at the present resourceVersion', async () => {
    const newest = await write('f');
    const list = await listed(own);
    expect(list).toMatchObject({ kind: 'EventList', apiVersion: 'v1' });
    expect(namesIn(list)).toEqual([...names, 'f']);
    expect(versionOf(list)).toBeGreaterThanOrEqual(versionOf(newest));
    for (const item of list.items) expect(Object.keys(item)).not.toContain('kind');
    await server().client.expect('DELETE', `${own}/f`);
  });

  test('of all namespaces holds those of each', async () => {
    await server().client.expect('POST', namespaced('events'), event('elsewhere'));
    const all = await listed('/api/v1/events');
    expect(namesIn(all)).toEqual(expect.arrayContaining(['elsewhere', ...names]));
  });

  describe('in pages', () => {
    test('gives each object once, tells how many are left, and ends without a token', async () => {
      const read = await pages(own, 2);
      expect(read.flatMap(namesIn)).toEqual(names);
      expect(read.map(({ metadata }) => metadata.remainingItemCount)).toEqual([3, 1, undefined]);
      expect((await pages(own, names.length)).length).toBe(1);
    });

    test('is one snapshot: what is written, changed and deleted meanwhile is not in it', async () => {
      let round = 0;
      const read = await pages(own, 2, async () => {
        round += 1;
        await write(`c${round}`);
        await server().client.mergePatch(`${own}/e`, { count: round });
        await server().client.expect('DELETE', `${own}/d`);
        await write('d', { message: 'another' });
      });
      expect(read.flatMap(namesIn)).toEqual(names);
      expect(new Set(read.map(({ metadata }) => metadata.resourceVersion)).size).toBe(1);
      const last = read.at(-1)?.items.at(-1);
      expect(last?.['count']).toBeUndefined();
      for (const name of ['c1', 'c2']) await server().client.expect('DELETE', `${own}/${name}`);
    });

    test('is refused with a token that is none, and with a resourceVersion beside the token', async () => {
      expect(await get(own, { limit: 2, continue: 'no token' })).toMatchObject(refused(400, 'BadRequest'));
      const { metadata } = await listed(own, { limit: 2 });
      const both = { limit: 2, continue: metadata.continue ?? '', resourceVersion: metadata.resourceVersion };
      expect(await get(own, both)).toMatchObject(refused(400, 'BadRequest'));
    });
  });

  describe('by a field selector', () => {
    test('of one name holds that object or nothing, and tells the present resourceVersion', async () => {
      const newest = await write('newest');
      for (const [name, found] of [
        ['a', ['a']],
        ['no-such-event', []],
      ] as const) {
        const list = await listed(own, { fieldSelector: `metadata.name=${name}` });
        expect(namesIn(list)).toEqual(found);
        expect(versionOf(list)).toBeGreaterThanOrEqual(versionOf(newest));
      }
      await server().client.expect('DELETE', `${own}/newest`);
    });

    test.each([
      ['metadata.name=a,metadata.namespace=listed', ['a']],
      ['metadata.name=a,metadata.namespace=default', []],
      ['metadata.namespace==listed,type!=Normal', ['warned']],
      ['reason=Started,involvedObject.name=other', ['warned']],
      ['source=kubelet', ['warned']],
    ])('%s of all namespaces', async (fieldSelector, found) => {
      const other = { kind: 'Pod', namespace: 'listed', name: 'other' };
      await write('warned', { type: 'Warning', involvedObject: other, source: { component: 'kubelet' } });
      expect(namesIn(await listed('/api/v1/events', { fieldSelector }))).toEqual(found);
      await server().client.expect('DELETE', `${own}/warned`);
    });

    test('with a limit pages through what matches', async () => {
      const fieldSelector = 'metadata.name!=b';
      const first = await listed(own, { fieldSelector, limit: 2 });
      expect(namesIn(first)).toEqual(['a', 'c']);
      const next = await listed(own, { fieldSelector, limit: 2, continue: first.metadata.continue ?? '' });
      expect(namesIn(next)).toEqual(['d', 'e']);
    });

    test('is refused where it is none, or names a field that the kind does not offer', async () => {
      for (const [path, fieldSelector] of [
        [own, 'metadata.name'],
        [own, 'message=text'],
        [leases, 'spec.holderIdentity=a'],
      ] as const)
        expect(await get(path, { fieldSelector })).toMatchObject(refused(400, 'BadRequest'));
    });
  });

  describe('at a resourceVersion', () => {
    const far = '99999999';
    const cause = { reason: 'ResourceVersionTooLarge' };

    test.each([
      ['Events', own],
      ['Leases', leases],
    ])('ahead of the store is a timeout with its own cause, for %s', async (_, path) => {
      const answer = await get(path, { resourceVersion: far });
      expect(answer).toMatchObject(refused(504, 'Timeout'));
      expect(answer.body).toMatchObject({ details: { causes: [cause] } });
      expect(String(answer.body['message'])).toMatch(/Too large resource version: 99999999, current: \d+/);
    });

    test('ahead of the store is refused for one Event, too', async () => {
      expect(await get(`${own}/a`, { resourceVersion: far })).toMatchObject(refused(504, 'Timeout'));
    });

    test('of the past shows the present, and with Exact or a limit the past', async () => {
      const { metadata } = await listed(own);
      await write('z');
      const { resourceVersion } = metadata;
      const exact: readonly Query[] = [{ resourceVersionMatch: 'Exact' }, { limit: 50 }];
      expect(namesIn(await listed(own, { resourceVersion }))).toContain('z');
      for (const query of exact) {
        const past = await listed(own, { resourceVersion, ...query });
        expect(namesIn(past)).toEqual(names);
        expect(past.metadata.resourceVersion).toBe(resourceVersion);
      }
      await server().client.expect('DELETE', `${own}/z`);
    });

    test('that is none is refused', async () => {
      expect(await get(own, { resourceVersion: 'abc' })).toMatchObject(refused(400, 'BadRequest'));
      expect(await get(own, { limit: 'abc' })).toMatchObject(refused(400, 'BadRequest'));
    });
  });

  test('of Leases and ConfigMaps pages, selects and counts as that of Events', async () => {
    for (const name of names) {
      await server().client.expect('POST', namespaced('leases', 'listed'), lease(name));
      await server().client.expect('POST', namespaced('configmaps', 'listed'), configMap(name));
    }
    for (const resource of ['leases', 'configmaps']) {
      const path = namespaced(resource, 'listed');
      const read = await pages(path, 2);
      // The API server itself puts a ConfigMap into each namespace only where its controllers run.
      expect(read.flatMap(namesIn)).toEqual(names);
      expect(namesIn(await listed(path, { fieldSelector: 'metadata.name=c' }))).toEqual(['c']);
    }
  });
});
