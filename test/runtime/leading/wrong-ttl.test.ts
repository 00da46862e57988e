/** The API server keeps Events for another time than the setting says, or its clock is wrong. No loss may stay silent. */
import { describe, expect, test } from 'vitest';
import { Installation, type InstallationOptions } from './installation.ts';

const seconds = 1_000;
const minute = 60_000;
/** What the setting says; the store of these tests keeps Events for a minute. */
const setting = 60 * minute;

async function awayFor(awayMs: number, ranMs: number, options: InstallationOptions = {}) {
  const site = new Installation({ ttlMs: minute, leader: { eventTtlMs: setting }, ...options });
  /** 200 Events, in two namespaces. */
  const write = async (name: string, ms: number) => {
    for (let number = 0; number < 200; number += 1) {
      site.events.create(`${number % 2 === 0 ? 'shop' : 'kube-system'}/${name}-${number}`);
      await site.clock.pass(ms / 200);
    }
  };
  const first = await site.startLeader('collector-a');
  await write('before', ranMs);
  await site.stopInOrder(first);
  await write('unread', 30 * seconds);
  await site.clock.pass(awayMs);
  site.events.create('newest');
  site.events.compact();
  const second = await site.startLeader('collector-b');
  await site.clock.pass(minute);
  return { site, first, second, archive: site.archives[0] };
}

const differs = (pod: { readonly told: readonly { readonly what: string }[] }) =>
  pod.told.filter(({ what }) => what === 'event ttl differs');

describe('Events that live for a minute although the setting says an hour', () => {
  test('and were seen to expire: what expired unread is covered by an uncertain gap record, and warned of', async () => {
    const { first, archive, site } = await awayFor(3 * minute, 5 * minute);
    expect(differs(first)).toMatchObject([{ settingMs: setting, bound: 'about' }]);
    expect(archive?.gaps).toMatchObject([{ gap: { reason: 'expired', certain: false } }]);
    expect(site.annotations['eventbaton.io/lifetime-facts']).toContain('"observedMs":6');
  });

  test('and were not seen to expire: that they are gone is noticed, covered and warned of', async () => {
    const { first, second, archive } = await awayFor(3 * minute, 40 * seconds);
    expect(differs(first)).toEqual([]);
    expect(differs(second)).toMatchObject([{ settingMs: setting, bound: 'at most' }]);
    expect(archive?.gaps).toMatchObject([{ gap: { reason: 'expired', certain: false } }]);
  });

  test('and still live: no gap is recorded', async () => {
    const { archive, second } = await awayFor(0, 5 * minute);
    expect(archive?.gaps).toEqual([]);
    expect(differs(second)).toMatchObject([{ bound: 'about' }]);
  });
});

describe('Events that live as long as the setting says', () => {
  test.each([0, 5 * minute, 50 * minute])('after %i ms without a collector: no gap, and no warning', async (awayMs) => {
    const { first, second, archive } = await awayFor(awayMs, 90 * minute, { ttlMs: setting });
    expect(archive?.gaps).toEqual([]);
    expect([...differs(first), ...differs(second)]).toEqual([]);
  });

  test('and a small cluster, all of whose Events are written again while nobody collects: no gap, and no warning', async () => {
    const site = new Installation();
    const names = Array.from({ length: 12 }, (_, index) => `event-${index}`);
    for (const name of names) site.events.create(name);
    const first = await site.startLeader('collector-a');
    for (const name of names) site.events.update(name);
    await site.clock.pass(5 * minute);
    await site.stopInOrder(first);
    await site.clock.pass(10 * minute);
    for (const name of names) site.events.update(name);
    site.events.pass(10);
    site.events.compact();
    const second = await site.startLeader('collector-b');
    await site.clock.pass(minute);
    expect(second.told.filter(({ what }) => what === 'relisted')).toHaveLength(1);
    expect(site.archives[0]?.gaps).toEqual([]);
    expect(differs(second)).toEqual([]);
  });

  test('and somebody deleted them all while nobody read: one uncertain gap, whatever is listed after that', async () => {
    const site = new Installation();
    const first = await site.startLeader('collector-a');
    const names = Array.from(
      { length: 12 },
      (_, index) => `${index % 2 === 0 ? 'shop' : 'kube-system'}/event-${index}`,
    );
    for (const name of names) site.events.create(name);
    await site.clock.pass(minute);
    await site.stopInOrder(first);
    for (const name of names) site.events.delete(name);
    for (const name of ['collector-b', 'collector-c', 'collector-d']) {
      site.events.pass(10);
      site.events.compact();
      const pod = await site.startLeader(name);
      await site.clock.pass(2 * minute);
      site.events.pass(10);
      site.events.compact();
      site.events.endStreams();
      await site.clock.pass(2 * minute);
      await site.stopInOrder(pod);
    }
    expect(site.archives[0]?.gaps).toMatchObject([{ gap: { reason: 'expired', certain: false } }]);
  });

  test('and a quiet cluster, whose only Events have expired: no gap, and no warning', async () => {
    const site = new Installation();
    const pod = await site.startLeader('collector-a');
    for (let event = 0; event < 50; event += 1) site.events.create(`event-${event}`);
    for (let round = 0; round < 30; round += 1) {
      site.events.pass(100);
      site.events.compact();
      await site.clock.pass(5 * minute);
    }
    expect(site.archives[0]?.gaps).toEqual([]);
    expect(differs(pod)).toEqual([]);
  });
});

describe('an API server whose clock was ahead when as-of was told', () => {
  /** Nobody collects from right after as-of on. */
  async function afterSkew(aheadMs: number, awayMs: number) {
    const site = new Installation();
    site.events.answersAheadMs = aheadMs;
    const first = await site.startLeader('collector-a');
    site.events.create('before');
    await site.clock.pass(minute);
    await site.stopInOrder(first);
    site.events.create('unread');
    await site.clock.pass(awayMs);
    site.events.answersAheadMs = 0;
    site.events.create('newest');
    site.events.compact();
    await site.startLeader('collector-b');
    await site.clock.pass(minute);
    const [archive] = site.archives;
    return { gaps: archive?.gaps ?? [], received: archive?.received ?? [], unread: site.events.written[1]?.id ?? '' };
  }

  test.each([{ minutes: 62 }, { minutes: 64 }])(
    'by 5 min, $minutes min ago: what expired unread is covered by an uncertain gap',
    async ({ minutes }) => {
      const { gaps, received, unread } = await afterSkew(5 * minute, minutes * minute);
      expect(received).not.toContain(unread);
      expect(gaps).toMatchObject([{ gap: { reason: 'expired', certain: false } }]);
    },
  );

  test('by 5 min, 50 min ago: nothing has expired, and there is no gap', async () => {
    const { gaps, received, unread } = await afterSkew(5 * minute, 50 * minute);
    expect(received).toContain(unread);
    expect(gaps).toEqual([]);
  });

  test('by nothing, 63 min ago: a certain gap', async () => {
    const { gaps } = await afterSkew(0, 63 * minute);
    expect(gaps).toMatchObject([{ gap: { certain: true } }]);
  });
});
