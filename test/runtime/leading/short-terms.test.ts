/** Terms that end before their token is written. What the process settled enters its next claim. */
import { describe, expect, test } from 'vitest';
import { Installation, type InstallationOptions } from './installation.ts';

const seconds = 1_000;

/** Events are written for ten minutes while each term lasts for some seconds only. */
async function throughShortTerms(options: InstallationOptions, disturb: (site: Installation, second: number) => void) {
  const site = new Installation(options);
  for (let stored = 0; stored < 50; stored += 1) site.events.create(`stored-${stored}`);
  const pod = await site.startLeader('collector-a');
  await site.clock.pass(10 * seconds);
  for (let second = 0; second < 600; second += 1) {
    site.events.create(`event-${second}`);
    disturb(site, second);
    await site.clock.pass(seconds);
  }
  await site.clock.pass(120 * seconds);
  const received = site.archives[0]?.received ?? [];
  return { site, pod, received, repeats: received.length - new Set(received).size };
}

const ids = (site: Installation) => site.events.written.map(({ id }) => id);

describe('a lock that is deleted again and again', () => {
  test('every 2 s: nothing is lost, and the repeats stay few', async () => {
    const { site, pod, received, repeats } = await throughShortTerms(
      { leader: { checkpointIntervalMs: 5 * seconds } },
      ({ leases }, second) => second % 2 === 0 && leases.remove(),
    );
    expect(pod.told.filter(({ what }) => what === 'term over').length).toBeGreaterThan(10);
    expect(new Set(received)).toEqual(new Set(ids(site)));
    expect(repeats).toBeLessThan(60);
    expect(site.key).toBe(String(site.events.written.at(-1)?.revision));
  });

  test('with a checkpoint interval above the length of a term: the token moves on with each claim', async () => {
    const { site, received, repeats } = await throughShortTerms(
      { leader: { checkpointIntervalMs: 3_600 * seconds } },
      ({ leases }, second) => second % 20 === 0 && leases.remove(),
    );
    expect(new Set(received)).toEqual(new Set(ids(site)));
    expect(repeats).toBeLessThan(60);
    expect(Number(site.key)).toBeGreaterThan(site.events.written.at(-60)?.revision ?? 0);
  });
});

test('a token that was reset between two terms: everything is sent again, whatever the process remembers', async () => {
  const site = new Installation({ leader: { checkpointIntervalMs: 3_600 * seconds } });
  for (let stored = 0; stored < 20; stored += 1) site.events.create(`stored-${stored}`);
  await site.startLeader('collector-a');
  const before = site.archives[0]?.received.length ?? 0;
  site.leases.remove();
  site.configMaps.write({ apiVersion: 'v1', kind: 'ConfigMap' });
  await site.clock.pass(180 * seconds);
  expect(before).toBe(20);
  expect([...(site.archives[0]?.received ?? [])].sort()).toEqual([...ids(site), ...ids(site)].sort());
});

test('a ConfigMap that may not be written: what the process settled counts all the same', async () => {
  const site = new Installation({ leader: { checkpointIntervalMs: 5 * seconds } });
  site.configMaps.forbid('update');
  site.events.create('stored');
  const pod = await site.startLeader('collector-a');
  await site.clock.pass(20 * seconds);
  for (let event = 0; event < 20; event += 1) site.events.create(`event-${event}`);
  await site.clock.pass(seconds);
  expect(site.archives[0]?.received).toEqual(ids(site));
  site.leases.forbid('update');
  await site.clock.pass(60 * seconds);
  site.leases.allow('update');
  await site.clock.pass(180 * seconds);
  expect(pod.told.filter(({ what }) => what === 'term over').length).toBeGreaterThan(0);
  expect(site.archives[0]?.received).toEqual(ids(site));
});

test('a token that another leader has claimed and written further back: goes on from there, whatever the process remembers', async () => {
  const site = new Installation({ leader: { checkpointIntervalMs: 3_600 * seconds } });
  await site.startLeader('collector-a');
  for (let event = 0; event < 20; event += 1) site.events.create(`event-${event}`);
  await site.clock.pass(seconds);
  expect(site.archives[0]?.received).toEqual(ids(site));
  const annotations = {
    ...site.annotations,
    'eventbaton.io/token': '100',
    'eventbaton.io/claim': 'collector-b__22222222/7',
  };
  const before = site.configMaps.object ?? { apiVersion: 'v1', kind: 'ConfigMap' };
  site.configMaps.write({
    ...before,
    metadata: { ...before.metadata, annotations },
    data: { 'event.tokenKey': '100' },
  });
  site.leases.remove();
  await site.clock.pass(180 * seconds);
  expect(site.archives[0]?.received).toEqual([...ids(site), ...ids(site).slice(5)]);
});

test('a ConfigMap that may not be written, and is put back to an earlier state: goes on from there', async () => {
  const site = new Installation();
  await site.startLeader('collector-a');
  await site.clock.pass(10 * seconds);
  const { metadata, ...before } = site.configMaps.object ?? { apiVersion: 'v1', kind: 'ConfigMap' };
  const unclaimed = Object.entries(site.annotations).filter(([key]) => !key.includes('/claim'));
  const put = (changes: object, data: Record<string, string> = {}) => {
    const annotations = { ...Object.fromEntries(unclaimed), ...changes };
    site.configMaps.write({ ...before, metadata: { ...metadata, annotations }, data: { ...before.data, ...data } });
  };
  site.configMaps.forbid('update');
  put({});
  site.leases.remove();
  await site.clock.pass(60 * seconds);
  for (let event = 0; event < 20; event += 1) site.events.create(`event-${event}`);
  await site.clock.pass(seconds);
  put({ 'eventbaton.io/token': '100' }, { 'event.tokenKey': '100' });
  site.configMaps.allow('update');
  site.leases.remove();
  await site.clock.pass(180 * seconds);
  expect(site.archives[0]?.received).toEqual([...ids(site), ...ids(site).slice(5)]);
});
