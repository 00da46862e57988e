import { expect, test } from 'vitest';
import { until } from '../../tools/trial/until.ts';
import type { Query, Told } from './client.ts';
import { event, events, lease, leases } from './objects.ts';
import { refused } from './refused.ts';
import { describeServer } from './server.ts';

describeServer('after compaction', { compactionIntervalSeconds: 3 }, (server) => {
  const write = (name: string) => server().client.expect('POST', events, event(name));
  const exactly = (resourceVersion: string) =>
    server().client.get(events, { resourceVersion, resourceVersionMatch: 'Exact', limit: 1 });
  const compacted = (resourceVersion: string) =>
    until('compaction', async () => (await exactly(resourceVersion)).status === 410 || undefined);
  const current = async () => {
    const { body } = await server().client.get(events, { fieldSelector: 'metadata.name=no-such-event' });
    return body.metadata.resourceVersion;
  };

  test('a watch of Events from before ends at once with an ERROR frame of 410 in an accepted stream', async () => {
    const { metadata } = await write('old');
    await compacted(metadata.resourceVersion);
    // Far enough below: a watch may still start one behind the lowest version that can be read.
    const stream = await server().client.watch(events, { resourceVersion: '2', timeoutSeconds: 30 });
    expect(await stream.all()).toMatchObject([
      { type: 'ERROR', object: { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired' } },
    ]);
  });

  test('a list of one item at exactly a version tells whether that version can still be read', async () => {
    const { metadata } = await write('exact');
    expect((await exactly(metadata.resourceVersion)).status).toBe(200);
    await compacted(metadata.resourceVersion);
    expect(await exactly(metadata.resourceVersion)).toMatchObject(refused(410, 'Expired'));
  });

  test('a list in pages offers a token for the rest, which shows what is there now', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await write(`page-${name}`);
    const first = (await server().client.get(events, { limit: 2 })).body;
    await compacted(first.metadata.resourceVersion);
    const token = first.metadata.continue ?? '';
    const answer = await server().client.get(events, { limit: 2, continue: token });
    expect(answer).toMatchObject(refused(410, 'Expired'));
    const rest = answer.body.metadata.continue ?? '';
    expect(rest).not.toBe('');
    expect(rest).not.toBe(token);

    const newest = await write('zz-newest');
    const names: string[] = [];
    let page: Told = (await server().client.get(events, { limit: 2, continue: rest })).body;
    const { resourceVersion } = page.metadata;
    expect(BigInt(resourceVersion)).toBeGreaterThanOrEqual(BigInt(newest.metadata.resourceVersion));
    for (;;) {
      expect(page.metadata.resourceVersion).toBe(resourceVersion);
      names.push(...page.items.map(({ metadata }) => metadata.name));
      if (page.metadata.continue === undefined) break;
      page = (await server().client.get(events, { limit: 2, continue: page.metadata.continue })).body;
    }
    expect(names).toContain('zz-newest');
    for (const { metadata } of first.items) expect(names).not.toContain(metadata.name);
  });

  test('a watch of Leases from before goes on: it comes out of the watch cache', async () => {
    const { metadata } = await server().client.expect('POST', leases, lease('cached'));
    const later = await server().client.expect('POST', leases, lease('cached-later'));
    await compacted(later.metadata.resourceVersion);
    const { resourceVersion } = metadata;
    const stream = await server().client.watch(leases, { resourceVersion });
    expect(await stream.next()).toMatchObject({ type: 'ADDED', object: later });
    stream.close();
  });

  test('an open watch goes on, and a quiet store is compacted, too', async () => {
    const { metadata } = await write('quiet');
    const { resourceVersion } = metadata;
    const stream = await server().client.watch(events, { resourceVersion });
    await compacted(resourceVersion);
    const next = await write('after-compaction');
    expect(await stream.next()).toMatchObject({ type: 'ADDED', object: next });
    stream.close();
  });

  test('an API server that was stopped and started serves Events from where it was, and no old version of Leases', async () => {
    const { plane, client } = server();
    const old = await client.expect('POST', leases, lease('before'));
    const kept = await client.expect('POST', leases, lease('last'));
    const cut = await client.watch(leases, { resourceVersion: kept.metadata.resourceVersion });
    const ended = cut.all().then(
      () => 'ended',
      () => 'cut',
    );
    await plane.stopApiServer('SIGKILL');
    expect(await ended).toBe('cut');
    await plane.startApiServer();
    const stale = await client.watch(leases, { resourceVersion: old.metadata.resourceVersion, timeoutSeconds: 30 });
    expect(await stale.all()).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
    const resourceVersion = await current();
    const next = await write('after-restart');
    const stream = await client.watch(events, { resourceVersion });
    expect(await stream.next()).toMatchObject({ type: 'ADDED', object: next });
    stream.close();
  });
});

describeServer('where history was compacted', { compactionIntervalSeconds: 5 }, (server) => {
  const { get, watch, write } = {
    get: (query: Query) => server().client.get(events, query),
    watch: (version: number) => server().client.watch(events, { resourceVersion: version, timeoutSeconds: 30 }),
    write: (name: string) => server().client.expect('POST', events, event(name)),
  };
  const isRead = async (version: number) =>
    (await get({ resourceVersion: version, resourceVersionMatch: 'Exact' })).status === 200;
  const isWatched = async (version: number) => {
    const stream = await watch(version);
    const first = await stream.next();
    stream.close();
    return first?.type !== 'ERROR';
  };

  test('a watch may still start one behind the lowest version that can be read, and no lower', async () => {
    let round = 0;
    await until('two bounds between two compactions', async () => {
      round += 1;
      let lowest = Number((await write(`bound-${round}`)).metadata.resourceVersion);
      while (lowest > 3 && (await isRead(lowest - 1))) lowest -= 1;
      if (lowest <= 3) return undefined;
      const bounds = [await isWatched(lowest - 1), await isWatched(lowest - 2)];
      if (!(await isRead(lowest))) return undefined; // it was compacted meanwhile
      expect(bounds).toEqual([true, false]);
      return true;
    });
  });
});
