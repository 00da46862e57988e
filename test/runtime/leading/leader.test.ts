import { describe, expect, test } from 'vitest';
import type { GapRecord } from '../../../runtime/src/contract/event-record.ts';
import type { RecordFields } from '../../../runtime/src/contract/record-fields.ts';
import { settled } from '../../support/manual-clock.ts';
import { gate, lostAnswer, refusal } from '../../support/named-object.ts';
import { Archive, Installation, type InstallationOptions } from './installation.ts';

/** An installation whose first collector leads and has delivered what there was: three events. */
async function leading(options: InstallationOptions = {}) {
  const site = new Installation(options);
  ['event-1', 'event-2', 'event-3'].forEach((name) => site.events.create(name));
  const pod = await site.startLeader('collector-a');
  const [archive] = site.archives;
  if (archive === undefined) throw new Error('there is no archive');
  return { site, pod, archive };
}

const ids = (site: Installation) => site.events.written.map(({ id }) => id);

describe('a leader', () => {
  test('claims before it reads: ConfigMap, namespace, probe, claim, and each of them once', async () => {
    const { site } = await leading();
    const afterElection = site.timeline.slice(site.timeline.indexOf('create lease') + 1);
    expect(afterElection.slice(0, 6)).toEqual([
      'get configmap',
      'get namespace',
      'probe events',
      'update configmap',
      'list events',
      'send archive',
    ]);
  });

  test('delivers what there is, and writes the token as soon as the first list is settled', async () => {
    const { site, archive } = await leading();
    expect(archive.received).toEqual(ids(site));
    expect(site.key).toBe('98');
    expect(site.timeline.filter((request) => request === 'update configmap')).toHaveLength(2);
  });

  test('in the steady state asks for what is promised and nothing else', async () => {
    const { site } = await leading();
    await site.clock.pass(8_000);
    site.timeline.length = 0;
    for (let second = 0; second < 60; second += 1) {
      site.events.create(`event-${second}`);
      await site.clock.pass(1_000);
    }
    const counts = Object.fromEntries(
      [...new Set(site.timeline)].map((request) => [
        request,
        site.timeline.filter((other) => other === request).length,
      ]),
    );
    expect(counts).toEqual({ 'send archive': 60, 'update configmap': 12, 'update lease': 4, 'probe events': 4 });
  });

  test('lets a best-effort sink that does not keep up lose records instead of the others, and counts them', async () => {
    const archives = [new Archive('archive'), new Archive('tail', false)];
    const { site, pod } = await leading({ archives, leader: { windowBytes: 3_000 } });
    const [archive, tail] = archives;
    if (tail !== undefined) tail.mode = 'hangs';
    for (let number = 10; number < 30; number += 1) {
      site.events.create(`event-${number}`);
      await site.clock.pass(10);
    }
    expect(archive?.received).toEqual(ids(site));
    if (tail !== undefined) tail.mode = 'accepts';
    await site.clock.pass(100_000);
    const dropped = pod.told.filter((happening) => happening.what === 'event dropped');
    expect(new Set(dropped.map(({ sink, reason }) => `${reason} in ${sink}`))).toEqual(
      new Set(['best_effort in tail']),
    );
    const missing = ids(site).filter((id) => tail?.received.includes(id) === false);
    expect(missing.length).toBeGreaterThan(10);
    // What was under way when it was dropped arrives all the same.
    expect(dropped.reduce((sum, { records }) => sum + records, 0)).toBeGreaterThan(missing.length);
  });

  test('counts at a hand-over what a best-effort sink has not had and no later leader reads again', async () => {
    const archives = [new Archive('archive'), new Archive('tail', false)];
    const { site, pod } = await leading({ archives });
    const [, tail] = archives;
    if (tail !== undefined) tail.mode = 'hangs';
    for (let number = 10; number < 30; number += 1) site.events.create(`event-${number}`);
    await site.clock.pass(1_000);
    await site.stopInOrder(pod);
    if (tail !== undefined) tail.mode = 'accepts';
    await site.startLeader('collector-b');
    site.events.create('event-30');
    await site.clock.pass(1_000);
    const missing = ids(site).filter((id) => tail?.received.includes(id) === false);
    expect(missing.length).toBeGreaterThan(10);
    expect(pod.told.filter(({ what }) => what === 'event dropped')).toEqual([
      {
        what: 'event dropped',
        sink: 'tail',
        reason: 'best_effort',
        records: missing.length,
        id: '',
        detail: 'not sent before the hand-over',
      },
    ]);
  });

  test('gives every record the tags and fields of the settings, gap records as well', async () => {
    const recordFields = { tags: ['env:prod'], fields: { team: 'shop' } };
    const { site, pod, archive } = await leading({ leader: { recordFields } });
    await site.stopInOrder(pod);
    await site.clock.pass(3 * 3_600_000);
    site.events.create('event-4');
    site.events.compact();
    await site.startLeader('collector-b');
    expect(archive.gaps).toMatchObject([recordFields]);
    expect(archive.records.every((record) => record.tags?.[0] === 'env:prod')).toBe(true);
  });

  test('counts the tags and fields of the settings in the size of each record, so that batches keep their bounds', async () => {
    const sizeWith = async (recordFields: RecordFields) => {
      const { site, pod, archive } = await leading({ leader: { recordFields } });
      archive.mode = 'hangs';
      for (const name of ['event-4', 'event-5', 'event-6']) site.events.create(name);
      await settled();
      return pod.leader.work?.window.bytes ?? 0;
    };
    const tags = Array.from({ length: 50 }, (_, index) => `tag-${index}:${'x'.repeat(200)}`);
    const more = (await sizeWith({ tags })) - (await sizeWith({}));
    expect(more).toBe(3 * (JSON.stringify({ tags }).length - JSON.stringify({}).length));
  });

  test('carries the token on the lock with each renewal', async () => {
    const { site } = await leading();
    site.events.create('event-4');
    await site.clock.pass(15_000);
    const copy = JSON.parse(site.leases.object?.metadata?.annotations?.['eventbaton.io/token'] ?? '') as unknown;
    expect(copy).toMatchObject({ position: '99', history: 0, clusterUid: 'cluster' });
  });

  test('goes on from the copy of the lock where the ConfigMap was wiped while nobody led', async () => {
    const { site, pod, archive } = await leading();
    expect(await site.stopInOrder(pod)).toBeUndefined();
    site.configMaps.remove();
    site.configMaps.write({ apiVersion: 'v1', kind: 'ConfigMap', data: {} });
    site.events.create('event-4');
    await site.startLeader('collector-b');
    expect(archive.received).toEqual(ids(site));
  });

  test('records the gap of a token that somebody moved forward, also if it crashes right after its claim', async () => {
    const { site, pod, archive } = await leading();
    await site.stopInOrder(pod);
    site.events.pass(1_000);
    site.configMaps.write({ ...site.configMaps.object, data: { 'event.tokenKey': '500' } });
    archive.mode = 'hangs';
    const next = await site.startLeader('collector-b');
    expect(site.key).toBe('500');
    await site.clock.pass(30_000);
    next.crash();
    archive.mode = 'accepts';
    site.start('collector-c');
    await site.clock.pass(70_000);
    expect(archive.gaps.map(({ gap }: GapRecord) => gap)).toMatchObject([
      { from: { resourceVersion: '98' }, to: { resourceVersion: '500' }, reason: 'moved' },
    ]);
    expect(site.annotations['eventbaton.io/gap-from']).toBeUndefined();
  });
});

describe('a claim', () => {
  test.each(['get', 'update'] as const)(
    'whose %s fails is repeated with pauses, and nothing is read before it stands',
    async (verb) => {
      const site = new Installation();
      site.events.create('one');
      for (let failures = 0; failures < 5; failures += 1) site.configMaps.next(verb, refusal('API_UNAVAILABLE'));
      await site.startLeader('collector-a');
      expect(site.timeline).not.toContain('list events');
      await site.clock.pass(20_000);
      expect(site.archives[0]?.received).toEqual(ids(site));
    },
  );

  test('is decided anew where somebody wrote between its GET and its PUT', async () => {
    const { site, pod, archive } = await leading();
    await site.stopInOrder(pod);
    site.timeline.length = 0;
    site.configMaps.next('update', (apply) => {
      site.configMaps.write({
        ...site.configMaps.object,
        metadata: { ...site.configMaps.object?.metadata, annotations: {} },
      });
      return apply();
    });
    await site.startLeader('collector-b');
    const requests = site.timeline.filter((request) => /configmap|get lease|probe/.test(request));
    expect(requests.slice(0, 7)).toEqual([
      'get lease',
      'get configmap',
      'probe events',
      'get configmap',
      'get lease',
      'get configmap',
      'probe events',
    ]);
    expect(site.annotations['eventbaton.io/claim']).toMatch(/^collector-b/);
    expect(archive.received).toEqual(ids(site));
  });

  test('that was applied but not answered stands', async () => {
    const site = new Installation();
    site.events.create('one');
    site.configMaps.next('update', lostAnswer());
    await site.startLeader('collector-a');
    await site.clock.pass(5_000);
    expect(site.archives[0]?.received).toEqual(ids(site));
    expect(site.key).toBe('96');
  });

  test('may fail for good: the copy on the lock is the token then', async () => {
    const site = new Installation();
    site.configMaps.forbid('update');
    site.events.create('one');
    const pod = await site.startLeader('collector-a');
    expect(await site.stopInOrder(pod)).toBeUndefined();
    expect(site.key).toBeUndefined();
    site.events.create('two');
    await site.startLeader('collector-b');
    expect(site.archives[0]?.received).toEqual(ids(site));
  });

  test('that could not be written is made up for as soon as it can be, though nothing moved meanwhile', async () => {
    const { site, pod } = await leading();
    await site.stopInOrder(pod);
    site.configMaps.forbid('update');
    await site.startLeader('collector-b');
    expect(site.annotations['eventbaton.io/claim']).toBeUndefined();
    site.configMaps.allow('update');
    await site.clock.pass(5_000);
    expect(site.annotations['eventbaton.io/claim']).toMatch(/^collector-b/);
  });

  test('that a stop interrupts leaves the token as it was', async () => {
    const site = new Installation();
    site.events.create('one');
    for (let failures = 0; failures < 50; failures += 1) site.configMaps.next('get', refusal('API_UNAVAILABLE'));
    const pod = await site.startLeader('collector-a');
    expect(await site.stopInOrder(pod)).toBeUndefined();
    expect(site.configMaps.object?.metadata?.annotations).toBeUndefined();
    expect(site.leases.object).toMatchObject({ spec: { holderIdentity: '' } });
  });
});

describe('a stop', () => {
  test('ends reading at once, waits for the open request, writes the token last and lets go of the lock after that', async () => {
    const { site, pod, archive } = await leading({ latencyMs: 2_000 });
    await site.clock.pass(18_000);
    site.events.create('event-4');
    await site.clock.pass(100);
    expect(archive.open).toBe(1);
    site.timeline.length = 0;
    const ended = pod.stop();
    await settled();
    expect(site.events.openStreams).toBe(0);
    expect(site.timeline).toEqual([]);
    site.events.create('event-5');
    await site.clock.pass(20_000);
    expect(await ended).toBeUndefined();
    expect(site.timeline).toEqual(['update configmap', 'update lease']);
    expect(site.key).toBe('99');
    expect(archive.received).toEqual(ids(site).slice(0, 4));
    expect(pod.told).toContainEqual({ what: 'drain', outcome: 'complete' });
  });

  test('hands over without sending anything twice, to any sink, however far apart they are', async () => {
    const archives = [new Archive('archive'), new Archive('slow'), new Archive('tail', false)];
    const { site, pod } = await leading({ archives });
    const [, slow] = archives;
    if (slow !== undefined) slow.mode = 'refuses';
    ['event-4', 'event-5'].forEach((name) => site.events.create(name));
    await site.clock.pass(10_000);
    await site.stopInOrder(pod);
    expect(site.key).toBe('98');
    if (slow !== undefined) slow.mode = 'accepts';
    await site.startLeader('collector-b');
    for (const { received } of archives) expect(received).toEqual(ids(site));
  });

  test('hands over without sending anything twice also where only the lock knows how far the faster sink went', async () => {
    const archives = [new Archive('archive'), new Archive('slow')];
    const { site, pod } = await leading({ archives });
    await site.clock.pass(10_000);
    site.configMaps.forbid('update');
    const [archive, slow] = archives;
    if (slow !== undefined) slow.mode = 'refuses';
    site.events.create('event-4');
    await site.clock.pass(10_000);
    await site.stopInOrder(pod);
    if (slow !== undefined) slow.mode = 'accepts';
    await site.startLeader('collector-b');
    expect(archive?.received).toEqual(ids(site));
    expect(slow?.received).toEqual(ids(site));
  });

  test('gives an open request up after the drain timeout, aborts it, and what it held is sent again by the next', async () => {
    const { site, pod, archive } = await leading();
    archive.mode = 'hangs';
    site.events.create('event-4');
    await settled();
    const ended = pod.stop();
    await site.clock.pass(9_999);
    expect(archive.open).toBe(1);
    await site.clock.pass(1);
    expect(archive.open).toBe(0);
    expect(await ended).toBeUndefined();
    expect(pod.told).toContainEqual({ what: 'drain', outcome: 'given up' });
    expect(site.key).toBe('98');
    archive.mode = 'accepts';
    await site.startLeader('collector-b');
    expect(archive.received).toEqual(ids(site));
  });

  test('renews the lock while it drains', async () => {
    const { site, pod, archive } = await leading();
    archive.mode = 'hangs';
    site.events.create('event-4');
    await site.clock.pass(8_000);
    void pod.stop();
    site.timeline.length = 0;
    await site.clock.pass(9_000);
    expect(site.timeline).toContain('update lease');
  });

  test('starts no retry', async () => {
    const { site, pod, archive } = await leading();
    archive.mode = 'refuses';
    site.events.create('event-4');
    await site.clock.pass(100);
    site.timeline.length = 0;
    await site.stopInOrder(pod);
    expect(site.timeline.filter((request) => request.startsWith('send'))).toEqual([]);
  });

  test('is not held up by a token that cannot be written: that is told, and the lock carries it', async () => {
    const { site, pod, archive } = await leading();
    site.events.create('event-4');
    await settled();
    site.configMaps.next('update', gate().passage);
    const ended = pod.stop();
    await site.clock.pass(5_000);
    expect(await ended).toBeUndefined();
    expect(pod.told).toMatchObject(expect.arrayContaining([expect.objectContaining({ what: 'token write failed' })]));
    expect(site.key).toBe('98');
    await site.startLeader('collector-b');
    expect(archive.received).toEqual(ids(site));
  });
});

describe('the end of a term', () => {
  test('aborts reading, sending and writing at once, and late answers change nothing', async () => {
    const { site, pod, archive } = await leading();
    archive.mode = 'hangs';
    site.events.create('event-4');
    await settled();
    for (let renewals = 0; renewals < 20; renewals += 1) site.leases.next('update', refusal('API_UNAVAILABLE'));
    for (let reads = 0; reads < 40; reads += 1) site.leases.next('get', refusal('API_UNAVAILABLE'));
    await site.clock.pass(45_000);
    expect(pod.told.map(({ what }) => what)).toContain('term over');
    expect(archive.open).toBe(0);
    expect(site.events.openStreams).toBe(0);
    expect(pod.leader.work).toBeUndefined();
    expect(site.key).toBe('98');
    expect(pod.told.map(({ what }) => what)).not.toContain('drain');
  });

  test('is noticed where another leader claimed the token: it writes nothing more and stands for election again', async () => {
    const { site, pod, archive } = await leading();
    const { object } = site.leases;
    site.leases.write({
      ...object,
      spec: { ...(object as { spec?: object }).spec, holderIdentity: 'somebody', leaseTransitions: 9 },
    } as never);
    site.configMaps.write({
      ...site.configMaps.object,
      metadata: { ...site.configMaps.object?.metadata, annotations: { 'eventbaton.io/claim': 'somebody/9' } },
    });
    site.events.create('event-4');
    await site.clock.pass(6_000);
    expect(pod.told.map(({ what }) => what)).toContain('term over');
    expect(site.key).toBe('98');
    const sent = archive.received.length;
    site.events.create('event-5');
    await site.clock.pass(10_000);
    expect(archive.received).toHaveLength(sent);
  });

  test('leaves its process able to lead again, and to notice that the history went back meanwhile', async () => {
    const { site, pod, archive } = await leading();
    const early = site.events.snapshot();
    site.events.pass(500);
    await site.clock.pass(15_000);
    for (let renewals = 0; renewals < 20; renewals += 1) site.leases.next('update', refusal('API_UNAVAILABLE'));
    for (let reads = 0; reads < 12; reads += 1) site.leases.next('get', refusal('API_UNAVAILABLE'));
    await site.clock.pass(45_000);
    expect(pod.leader.work).toBeUndefined();
    site.events.restore(early);
    site.events.pass(300);
    await site.clock.pass(120_000);
    expect(pod.leader.work?.progress.history).toBe(1);
    expect(archive.gaps).toMatchObject([{ gap: { reason: 'rewound' } }]);
  });

  test('is no loss of what the probe of the next claim tells: how far the store was', async () => {
    const { site, pod, archive } = await leading();
    await site.stopInOrder(pod);
    const early = site.events.snapshot();
    site.events.pass(500);
    await site.startLeader('collector-b');
    site.events.restore(early);
    site.events.pass(300);
    await site.clock.pass(30_000);
    expect(archive.gaps).toMatchObject([{ gap: { reason: 'rewound' } }]);
  });
});

describe('a token of another cluster', () => {
  test('is not gone on from: everything is listed, in a history above', async () => {
    const { site, pod, archive } = await leading();
    await site.stopInOrder(pod);
    site.clusterUid = 'another';
    const next = await site.startLeader('collector-b');
    expect(next.told).toContainEqual({ what: 'token of another cluster', found: 'cluster', expected: 'another' });
    expect(archive.received).toHaveLength(6);
    expect(site.annotations).toMatchObject({ 'eventbaton.io/history': '1', 'eventbaton.io/cluster-uid': 'another' });
  });
});
