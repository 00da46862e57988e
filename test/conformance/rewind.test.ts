import { expect, test } from 'vitest';
import { until } from '../../tools/trial/until.ts';
import { type Answer, type Told } from './client.ts';
import { event, events, lease, leases, versionOf } from './objects.ts';
import { refused } from './refused.ts';
import { describeServer } from './server.ts';

describeServer('Events in an etcd of their own', { separateEventsEtcd: true }, (server) => {
  const write = (name: string) => server().client.expect('POST', events, event(name));
  const probe = async () =>
    versionOf((await server().client.get(events, { fieldSelector: 'metadata.name=no-such-event' })).body);
  /** The restored store may refuse writes at first. */
  const writeAfter = async (name: string): Promise<Told> => {
    const written = await until('a write that the restored store takes', async () => {
      const answer: Answer = await server().client.send('POST', events, event(name));
      return answer.status === 201 || answer.status === 409 ? answer : undefined;
    });
    return written.status === 201 ? written.body : (await server().client.get(`${events}/${name}`)).body;
  };

  test('count resourceVersions of their own', async () => {
    const before = await probe();
    const held = await server().client.expect('POST', leases, lease('other'));
    expect(await probe()).toBe(before);
    expect(versionOf(held)).not.toBe(before + 1n);
    const written = await write('own');
    expect(versionOf(written)).toBe(before + 1n);
    expect(await server().client.get(`${leases}/other`)).toMatchObject({ body: held });
  });

  test('put back are as they were, with the old counter, while open watches stay open and silent until it has passed what they saw', async () => {
    const { plane, client } = server();
    const kept = await write('kept');
    const saved = await plane.saveEvents();
    const before = await probe();
    for (let index = 0; index < 5; index += 1) await write(`lost-${index}`);
    const seen = await write('seen');
    const stream = await client.watch(events, { resourceVersion: kept.metadata.resourceVersion });
    expect((await stream.take(6)).at(-1)).toMatchObject({ object: seen });

    await plane.restoreEvents(saved);
    await until('the old counter', async () => ((await probe()) === before ? true : undefined));
    const list = (await client.get(events)).body;
    expect(list.items.map(({ metadata }) => metadata.name)).toContain('kept');
    expect(list.items.map(({ metadata }) => metadata.name)).not.toContain('seen');
    const ahead = { resourceVersion: seen.metadata.resourceVersion };
    expect(await client.get(events, ahead)).toMatchObject(refused(504, 'Timeout'));

    const after: Told[] = [];
    for (
      let index = 0;
      (after.at(-1) === undefined ? 0n : versionOf(after.at(-1) as Told)) <= versionOf(seen);
      index += 1
    )
      after.push(await writeAfter(`after-${index}`));
    const passed = after.filter((told) => versionOf(told) > versionOf(seen));
    expect(passed.length).toBeLessThan(after.length);
    expect(await stream.next()).toMatchObject({ type: 'ADDED', object: passed[0] as Told });
    stream.close();
  });
});
