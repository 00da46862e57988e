import { expect, test } from 'vitest';
import { event, events, lease, leases, versionOf } from './objects.ts';
import { describeServer } from './server.ts';

/** The least for which two Events in a row can share an etcd lease, which is reused for 5 % of the TTL in whole seconds. */
const eventTtlSeconds = 20;

describeServer('an Event', { eventTtlSeconds }, (server) => {
  test('expires a TTL after its last write, those of one lease in one revision, as they were last', async () => {
    const { client } = server();
    const held = await client.expect('POST', leases, lease('stays'));
    // Written concurrently: Events share a lease only if they are written within a second.
    const [first, second] = await Promise.all([
      client.expect('POST', events, event('first')),
      client.expect('POST', events, event('second')),
    ]);
    await client.expect('POST', events, event('refreshed'));
    const unchanged = await client.mergePatch(`${events}/second`, { reason: 'Started' });
    expect(versionOf(unchanged.body)).toBe(versionOf(second));
    const { metadata } = versionOf(first) > versionOf(second) ? first : second;
    const stream = await client.watch(events, { resourceVersion: metadata.resourceVersion });
    const early = await stream.next(); // `refreshed`, which was written last
    expect(early?.object.metadata.name).toBe('refreshed');
    // A write between the two makes the difference: what comes after it has another lease.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const { body: refreshed } = await client.mergePatch(`${events}/refreshed`, { count: 2 });

    const [modified, ...deleted] = await stream.take(4);
    expect(modified).toMatchObject({ type: 'MODIFIED', object: refreshed });
    expect(deleted.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['DELETED', 'first'],
      ['DELETED', 'second'],
      ['DELETED', 'refreshed'],
    ]);
    const [a, b, c] = deleted.map(({ object }) => versionOf(object));
    expect(a).toBe(b);
    expect(c).toBeGreaterThan(b ?? 0n);
    expect(a).toBeGreaterThan(versionOf(refreshed));
    expect(deleted[0]?.object.metadata.uid).toBe(first.metadata.uid);
    expect(deleted[2]?.object['count']).toBe(2);
    stream.close();

    expect((await client.get(events)).body.items).toEqual([]);
    expect((await client.get(`${leases}/stays`)).body).toEqual(held);
  });
});
