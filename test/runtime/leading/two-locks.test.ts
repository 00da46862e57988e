/** Two releases that share a token by mistake, each with a lock and a sink of its own. */
import { describe, expect, test } from 'vitest';
import { Archive, Installation, type InstallationOptions } from './installation.ts';

const second = 1_000;
const minute = 60_000;

async function sharing(options: InstallationOptions = {}) {
  const site = new Installation(options);
  const theirs = new Archive('theirs');
  const write = async (name: string, seconds: number) => {
    for (let number = 0; number < seconds; number += 1) {
      site.events.create(`${name}-${number}`);
      await site.clock.pass(second);
    }
  };
  const first = await site.startLeader('collector-a');
  await write('first', 20);
  const other = await site.startLeader('collector-b', { lock: site.secondLeases, archives: [theirs] });
  const ids = () => site.events.written.map(({ id }) => id);
  const heldBack = () => other.told.flatMap((happening) => (happening.what === 'held back' ? [happening.by] : []));
  return { site, theirs, write, first, other, ids, heldBack };
}

/** What somebody else writes; undefined: removes. */
function annotate(
  { configMaps, annotations: before }: Installation,
  changes: Record<string, string | undefined>,
): void {
  const changed = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== undefined);
  const annotations = Object.fromEntries(changed) as Record<string, string>;
  configMaps.write({ ...configMaps.object, metadata: { ...configMaps.object?.metadata, annotations } });
}

describe('a token that another release has claimed, with another lock', () => {
  test('is left alone: the second leader reads nothing, keeps its lock, and names both', async () => {
    const { site, theirs, write, ids, heldBack } = await sharing();
    await write('second', 120);
    expect(theirs.received).toEqual([]);
    expect(site.archives[0]?.received).toEqual(ids());
    expect(site.secondLeases.object).toMatchObject({ spec: { holderIdentity: expect.stringMatching(/^collector-b/) } });
    expect(heldBack()).toEqual([
      expect.stringMatching(/claimed by collector-a.*leases\/datadog-leader-election.*own lock is leases\/second-lock/),
    ]);
  });

  test('is looked at once in a retry period', async () => {
    const { site } = await sharing();
    site.configMaps.requests.length = 0;
    await site.clock.pass(10 * minute);
    const gets = site.configMaps.requests.filter(({ by, verb }) => by === 'collector-b' && verb === 'get');
    expect(gets.length).toBe(40);
  });

  test('is not looked at any more for a term that has lapsed', async () => {
    const { site } = await sharing();
    site.configMaps.requests.length = 0;
    const { object } = site.secondLeases;
    const spec = { ...(object as { spec?: object }).spec, holderIdentity: 'next' };
    site.secondLeases.write({ ...object, spec } as never);
    site.clock.advance(50 * second);
    await site.clock.pass(0);
    expect(site.configMaps.requests.filter(({ by, verb }) => by === 'collector-b' && verb === 'get')).toEqual([]);
  });

  test('is taken as soon as the first leader ends in order, which removes its claim', async () => {
    const { site, theirs, write, first, ids, heldBack } = await sharing();
    await site.stopInOrder(first);
    await write('second', 30);
    expect([...(site.archives[0]?.received ?? []), ...theirs.received]).toEqual(ids());
    expect(heldBack().at(-1)).toBeUndefined();
  });

  test('is taken after a crash once nobody has written it for as long as a leader may wait', async () => {
    const { site, theirs, first, other, ids } = await sharing();
    first.crash();
    site.events.create('unread');
    await site.clock.pass(10 * minute);
    expect(theirs.received).toEqual([]);
    await site.clock.pass(2 * minute);
    expect(theirs.received).toContain(ids().at(-1));
    expect(other.told).toContainEqual({
      what: 'claim abandoned',
      holder: expect.stringMatching(/^collector-a/),
      lock: 'leases/datadog-leader-election',
    });
  });

  test('is not taken from a leader that lives, however little happens', async () => {
    const { site, theirs } = await sharing();
    await site.clock.pass(3 * 60 * minute);
    expect(theirs.received).toEqual([]);
  });

  test.each([
    ['writes its token more rarely than claims last', { checkpointIntervalMs: 20 * minute }],
    ['expects Events to live longer, and so renews its claim more rarely', { eventTtlMs: 6 * 60 * minute }],
  ])('is not taken from a leader that %s', async (_, theSettings) => {
    const leader: { eventTtlMs?: number; checkpointIntervalMs?: number } = { ...theSettings };
    const site = new Installation({ leader });
    const theirs = new Archive('theirs');
    await site.startLeader('collector-a');
    leader.eventTtlMs = 60 * minute;
    await site.startLeader('collector-b', { lock: site.secondLeases, archives: [theirs] });
    for (let quarter = 0; quarter < 10; quarter += 1) {
      site.events.create(`event-${quarter}`);
      await site.clock.pass(15 * minute);
    }
    expect(theirs.received).toEqual([]);
  });

  test('is taken after a crash, also if a tool writes the labels of the ConfigMap again and again', async () => {
    const { site, theirs, first } = await sharing();
    first.crash();
    for (let round = 0; round < 5; round += 1) {
      const { object } = site.configMaps;
      site.configMaps.write({ ...object, metadata: { ...object?.metadata, labels: { round: String(round) } } });
      site.events.create(`unread-${round}`);
      await site.clock.pass(5 * minute);
    }
    expect(theirs.received.length).toBeGreaterThan(0);
  });

  test('is not taken from a leader whose sink accepts nothing', async () => {
    const { site, theirs, write } = await sharing();
    const [archive] = site.archives;
    if (archive !== undefined) archive.mode = 'refuses';
    await write('stuck', 10);
    await site.clock.pass(60 * minute);
    expect(theirs.received).toEqual([]);
  });

  test('is taken after a crash as soon as somebody removes the claim by hand', async () => {
    const { site, theirs, first, ids } = await sharing();
    first.crash();
    site.events.create('unread');
    annotate(site, { 'eventbaton.io/claim': undefined });
    await site.clock.pass(20 * second);
    expect(theirs.received).toContain(ids().at(-1));
  });
});

describe('a leader whose token somebody else claims, with another lock', () => {
  test('stops reading with its next write, keeps its lock, names both, and goes on once that claim is gone', async () => {
    const { site, first, other, write, ids } = await sharing();
    other.crash();
    annotate(site, { 'eventbaton.io/claim': 'collector-x_1_2/9', 'eventbaton.io/claim-lock': 'leases/foreign' });
    site.events.create('noticed');
    await site.clock.pass(6 * second);
    const { length } = site.archives[0]?.received ?? [];
    await write('unread', 60);
    expect(site.archives[0]?.received).toHaveLength(length);
    expect(site.leases.object).toMatchObject({ spec: { holderIdentity: expect.stringMatching(/^collector-a/) } });
    expect(first.told).toContainEqual({
      what: 'held back',
      by: expect.stringMatching(/claimed by collector-x.*leases\/foreign.*own lock is leases\/datadog-leader-election/),
    });
    annotate(site, { 'eventbaton.io/claim': undefined });
    await site.clock.pass(20 * second);
    expect(new Set(site.archives[0]?.received)).toEqual(new Set(ids()));
  });
});

test('a leader that may not write the token any more, and is taken for gone: stops reading once another lock has claimed it', async () => {
  const { site, theirs, write, ids } = await sharing();
  site.configMaps.forbid('update', 'collector-a');
  await site.clock.pass(12 * minute);
  await write('both', 60);
  const both = theirs.received.filter((id) => site.archives[0]?.received.includes(id));
  expect(both.length).toBeLessThan(20);
  expect(theirs.received).toContain(ids().at(-1));
});

describe('a token without a claim', () => {
  test('is resumed by a release with another lock at once: the first one ended in order', async () => {
    const { site, theirs, write, first, other, ids } = await sharing();
    await site.stopInOrder(other);
    await site.stopInOrder(first);
    await write('unread', 3);
    await site.startLeader('collector-c', { lock: site.secondLeases, archives: [theirs] });
    await write('second', 10);
    expect([...(site.archives[0]?.received ?? []), ...theirs.received]).toEqual(ids());
  });

  test('of version 0.1.0, whose claim names no lock, is resumed at once', async () => {
    const { site, theirs, first, other, write, ids } = await sharing();
    await site.stopInOrder(other);
    await site.stopInOrder(first);
    const annotations = { ...site.annotations, 'eventbaton.io/claim': 'collector-z_0a1b2c3d_11111111/3' };
    site.configMaps.write({
      ...site.configMaps.object,
      metadata: { ...site.configMaps.object?.metadata, annotations },
    });
    await site.startLeader('collector-c', { lock: site.secondLeases, archives: [theirs] });
    await write('second', 10);
    expect([...(site.archives[0]?.received ?? []), ...theirs.received]).toEqual(ids());
  });
});
