import { describe, expect, test } from 'vitest';
import { until } from '../../tools/trial/until.ts';
import type { Query } from './client.ts';
import { changed, configMap, configMaps, event, events, lease, leases, versionOf } from './objects.ts';
import { refused } from './refused.ts';
import { describeServer } from './server.ts';
import { outline } from './watch-stream.ts';

const future = '99999999';

describeServer('a watch', {}, (server) => {
  const watch = (path: string, query?: Query) => server().client.watch(path, query);
  const write = (name: string, fields?: object) => server().client.expect('POST', events, event(name, { ...fields }));
  const hold = (name: string) => server().client.expect('POST', leases, lease(name));
  const current = async () => {
    const { body } = await server().client.get(events, { fieldSelector: 'metadata.name=no-such-event' });
    return body.metadata.resourceVersion;
  };

  test('from a resourceVersion tells what came behind it, in order, and then what comes', async () => {
    const resourceVersion = await current();
    const added = await write('behind');
    const { body: modified } = await server().client.mergePatch(`${events}/behind`, { count: 2 });
    const stream = await watch(events, { resourceVersion });
    await server().client.expect('DELETE', `${events}/behind`);
    const later = await write('later');
    const frames = await stream.take(4);
    expect(outline([frames[0], frames[1], frames[3]].filter((frame) => frame !== undefined))).toEqual([
      `ADDED behind ${added.metadata.resourceVersion}`,
      `MODIFIED behind ${modified.metadata.resourceVersion}`,
      `ADDED later ${later.metadata.resourceVersion}`,
    ]);
    expect(frames[1]?.object).toEqual(modified);
    // A deletion has a resourceVersion of its own, and the last content.
    expect(frames[2]).toMatchObject({ type: 'DELETED', object: { count: 2, metadata: { uid: added.metadata.uid } } });
    expect(versionOf(frames[2]?.object ?? added)).toBeGreaterThan(versionOf(modified));
    expect(versionOf(frames[2]?.object ?? added)).toBeLessThan(versionOf(later));
    stream.close();
  });

  test('tells nothing of what was not written: a patch to the same content', async () => {
    const resourceVersion = await current();
    await write('noop');
    await server().client.mergePatch(`${events}/noop`, { reason: 'Started' });
    const stream = await watch(events, { resourceVersion, timeoutSeconds: 3 });
    expect((await stream.all()).map(({ type }) => type)).toEqual(['ADDED']);
  });

  test('ends in order after its time, a quiet one too', async () => {
    const stream = await watch(events, { resourceVersion: await current(), timeoutSeconds: 1 });
    expect(await stream.all()).toEqual([]);
  });

  test.each([
    ['Events', events],
    ['Leases', leases],
  ])('of %s from a resourceVersion that is yet to come is accepted, and silent', async (_, path) => {
    const stream = await watch(path, { resourceVersion: future, timeoutSeconds: 1 });
    await write(`unseen-${path.length}`);
    await hold(`unseen-${path.length}`);
    expect(await stream.all()).toEqual([]);
  });

  test.each([
    ['without a resourceVersion', {}],
    ['from 0', { resourceVersion: '0' }],
  ])('%s tells first what is there, and then what comes', async (title, query) => {
    const name = `there-${title.length}`;
    const there = await write(name);
    const stream = await watch(events, { ...query, fieldSelector: `metadata.name=${name}` });
    const { body: modified } = await server().client.mergePatch(`${events}/${name}`, { count: 2 });
    expect(outline(await stream.take(2))).toEqual([
      `ADDED ${name} ${there.metadata.resourceVersion}`,
      `MODIFIED ${name} ${modified.metadata.resourceVersion}`,
    ]);
    stream.close();
  });

  test('with initial events ends them with a bookmark of the snapshot, for Events too', async () => {
    const there = await write('initial');
    const asked = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' };
    const stream = await watch(events, { ...asked, fieldSelector: 'metadata.name=initial', timeoutSeconds: 3 });
    const [first, end, ...others] = await stream.all();
    expect(first).toMatchObject({ type: 'ADDED', object: there });
    expect(end).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'Event', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
    expect(BigInt(end?.object.metadata.resourceVersion ?? 0)).toBeGreaterThanOrEqual(versionOf(there));
    expect(others).toEqual([]);
  });

  test('with initial events is refused without the match that belongs to them', async () => {
    const answer = await server().client.get(events, { watch: 'true', sendInitialEvents: 'true', timeoutSeconds: 1 });
    expect(answer).toMatchObject(refused(422, 'Invalid'));
  });

  test('with initial events newer than the store is an ERROR frame', async () => {
    const stream = await watch(leases, {
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
      resourceVersion: future,
      timeoutSeconds: 10,
    });
    expect((await stream.all()).map(({ type, object }) => [type, object['code'], object['reason']])).toEqual([
      ['ERROR', 504, 'Timeout'],
    ]);
  });

  test('from what is no resourceVersion is refused', async () => {
    const answer = await server().client.get(events, { watch: 'true', resourceVersion: 'abc', timeoutSeconds: 1 });
    expect(answer).toMatchObject(refused(500));
  });

  describe('by a field selector', () => {
    test('of one name tells of that object alone, be it there or not', async () => {
      const resourceVersion = await current();
      const stream = await watch(leases, { resourceVersion, fieldSelector: 'metadata.name=followed' });
      await hold('bystander');
      const first = await hold('followed');
      const { body: second } = await server().client.send(
        'PUT',
        `${leases}/followed`,
        changed(first, { spec: { holderIdentity: '' } }),
      );
      await server().client.expect('DELETE', `${leases}/followed`);
      const frames = await stream.take(3);
      expect(frames.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
      expect([frames[0]?.object, frames[1]?.object]).toEqual([first, second]);
      expect(versionOf(frames[2]?.object ?? first)).toBeGreaterThan(versionOf(second));
      stream.close();
    });

    test('takes an object that no longer matches for deleted, as it was, and one that matches again for new', async () => {
      const resourceVersion = await current();
      const stream = await watch(events, { resourceVersion, fieldSelector: 'reason=Wanted' });
      const first = await write('wanted', { reason: 'Wanted' });
      const { body: second } = await server().client.mergePatch(`${events}/wanted`, { reason: 'Unwanted' });
      const { body: third } = await server().client.mergePatch(`${events}/wanted`, { reason: 'Wanted' });
      const frames = await stream.take(3);
      expect(outline(frames)).toEqual([
        `ADDED wanted ${first.metadata.resourceVersion}`,
        `DELETED wanted ${second.metadata.resourceVersion}`,
        `ADDED wanted ${third.metadata.resourceVersion}`,
      ]);
      expect(frames[1]?.object['reason']).toBe('Wanted');
      stream.close();
    });
  });

  describe('with bookmarks', () => {
    test('of Leases has one before its end, that says how far it is', async () => {
      const { metadata } = await hold('bookmarked');
      const { resourceVersion } = metadata;
      // Due 2 s before the end, looked at every 1.25 s, and promised by nobody: a busy server may be too late for one watch.
      const bookmarks = await until('a bookmark', async () => {
        const stream = await watch(leases, { resourceVersion, allowWatchBookmarks: 'true', timeoutSeconds: 4 });
        const told = (await stream.all()).filter(({ type }) => type === 'BOOKMARK');
        return told.length > 0 ? told : undefined;
      });
      for (const { object } of bookmarks) {
        expect(object).toMatchObject({ kind: 'Lease', spec: {} });
        expect(versionOf(object)).toBeGreaterThanOrEqual(BigInt(resourceVersion));
      }
    });

    test('of Events has none, and of Leases without asking neither', async () => {
      const resourceVersion = await current();
      const [quiet, unasked] = await Promise.all([
        watch(events, { resourceVersion, allowWatchBookmarks: 'true', timeoutSeconds: 4 }),
        watch(leases, { resourceVersion, timeoutSeconds: 4 }),
      ]);
      expect(await Promise.all([quiet.all(), unasked.all()])).toEqual([[], []]);
    });
  });

  test('of one namespace tells of no other, and of one kind of no other', async () => {
    const resourceVersion = await current();
    const elsewhere = event('elsewhere', {}, 'kube-system');
    await server().client.expect('POST', '/api/v1/namespaces/kube-system/events', elsewhere);
    await server().client.expect('POST', configMaps, configMap('other-kind'));
    const here = await write('here');
    const stream = await watch(events, { resourceVersion, timeoutSeconds: 3 });
    const everywhere = await watch('/api/v1/events', { resourceVersion, timeoutSeconds: 3 });
    expect(outline(await stream.all())).toEqual([`ADDED here ${here.metadata.resourceVersion}`]);
    expect((await everywhere.all()).map(({ object }) => object.metadata.name)).toEqual(['elsewhere', 'here']);
  });
});
