import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { startHttpReceiver } from '../../tools/faults/http-receiver.ts';
import { type Account, settleAccount } from '../../tools/trial/account.ts';
import type { Installation } from '../../tools/trial/installation.ts';
import { until } from '../../tools/trial/until.ts';
import { Workload } from '../../tools/trial/workload.ts';
import { expectAccount } from '../support/account.ts';
import { untilCompacted, untilGone } from '../support/history.ts';
import { promise } from '../support/promise.ts';
import { describeReal, install, startWorkload } from '../support/real.ts';
import { asked, eventList, eventWatch, historyCheck, nothingAmiss, proxyBefore, saidLines } from './under-load.ts';

const eventTtlSeconds = 20;
const pace = { perSecond: 50, updateEvery: 5 };

describeReal('with an API server that hides what became of its history', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane({ compactionIntervalSeconds: 5, eventTtlSeconds });
  });

  afterAll(() => plane?.stop());

  test('a compacted position that is answered with an empty stream instead of 410 costs one relist: nothing is lost', async () => {
    const installation = await install(plane, { namespace: 'hidden-expiry', settings: { eventTtl: eventTtlSeconds } });
    const proxy = await proxyBefore(plane);
    const hidden = proxy.inject({ kind: 'hidden error' }, eventWatch);
    const pod = await installation.addPod({}, { through: proxy });
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, pace);
    await delay(3_000);
    expect(await pod.stop('SIGTERM')).toBe(0);
    await untilCompacted(installation);
    await writing.stop();
    const checksBefore = asked(proxy, historyCheck).length;
    await pod.start();

    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, superseded: account.superseded.length });
    expect(hidden.hits).toBeGreaterThanOrEqual(3);
    expect(await pod.metric('eventbaton_relists_total', 'reason="expired_unreported"')).toBe(1);
    expect(saidLines(installation, 'did not report that the position has left its history')).toMatchObject([
      { level: 'warn' },
    ]);
    const [check] = asked(proxy, historyCheck).slice(checksBefore);
    expect(check?.queryText).toMatch(/limit=1&/);
    expect(check?.status).toBe(410);
  });

  test('the newest Events are sent before 410, and the leader dies while it lists: nothing is lost', async () => {
    const installation = await install(plane, { namespace: 'newest-first', settings: { eventTtl: eventTtlSeconds } });
    const proxy = await proxyBefore(plane);
    const pod = await installation.addPod({}, { through: proxy });
    await installation.listed();
    const workload = installation.workload();
    await workload.burst(50);
    await until('deliveries', () => pod.output.length >= 50 || undefined);
    expect(await pod.stop('SIGTERM')).toBe(0);
    const before = await installation.storedPosition();
    await workload.burst(50);
    await untilCompacted(installation);
    const newest = proxy.inject(
      { kind: 'malformed', line: await newestFrame(installation) },
      { ...eventWatch, times: 1 },
    );
    const unlisted = proxy.inject({ kind: 'status', code: 503 }, eventList);
    await pod.start();
    await until('failed lists', () => unlisted.hits >= 5 || undefined);
    await delay(6_000); // longer than the interval between two writes of the token
    const during = await installation.storedPosition();
    await pod.stop('SIGKILL');
    await unlisted.heal();
    await pod.start();

    const account = await installation.settled([workload]);
    // Events live for 20 s here: an absence that comes close to that has a gap record, although nothing is missing.
    expectAccount(account, { ...nothingAmiss, gaps: account.gaps.length });
    expect(newest.hits).toBe(1);
    promise(() => expect(during).toBe(before));
  });

  test('a list whose rest came late and inconsistent does not hide a gap: what expired after it is covered', async () => {
    const receiver = await startHttpReceiver({ answer: () => ({ delayMs: 1_000 }) });
    onTestFinished(() => receiver.close());
    const installation = await install(plane, {
      namespace: 'late-list',
      settings: {
        eventTtl: eventTtlSeconds,
        windowBytes: 65_536,
        sinks: [{ type: 'http', url: receiver.url, batch: { records: 60 } }],
      },
    });
    const workload = installation.workload();
    await workload.burst(1_200);
    const pod = await installation.addPod();
    const writing = startWorkload(workload, { perSecond: 10, updateEvery: 0 });
    await until('the end of the list', () => pod.log.find(({ message }) => message === 'listed'));
    await until(
      'the relist',
      async () => (await pod.metric('eventbaton_relists_total', 'reason="expired"')) || undefined,
    );
    await writing.stop();
    await until('the end of the relist', () => pod.log.filter(({ message }) => message === 'listed')[1]);
    receiver.answerWith(() => ({}));
    await until('the gap record', () => receiver.accepted.find((record) => 'gap' in record));
    await quiet(receiver);

    const isOwn = (record: SinkRecord) => 'gap' in record || record.event.namespace === installation.namespace;
    const account = settleAccount(workload.written, receiver.accepted.filter(isOwn));
    expectAccount(account, { duplicated: 0, unexpected: 0 });
    expectCovered(account);
  });

  test('Events that live for a shorter time than the setting says: what expired unread is covered, and warned of', async () => {
    const installation = await install(plane, { namespace: 'short-ttl' });
    const [pod] = [await installation.addPod()];
    await installation.listed();
    const [workload, elsewhere] = [installation.workload(), new Workload(plane.admin, 'default', 'short-ttl')];
    const writing = [workload, elsewhere].map((each) => startWorkload(each, { perSecond: 4, updateEvery: 0 }));
    const warning = await until('the warning', () => saidLines(installation, 'Events live about')[0]);
    expect(warning.level).toBe('warn');
    expect(Number(warning['seen'])).toBeGreaterThanOrEqual(eventTtlSeconds - 2);
    expect(Number(warning['seen'])).toBeLessThanOrEqual(eventTtlSeconds + 5);
    const observed = await pod.metric('eventbaton_observed_event_ttl_seconds');
    expect(Math.abs(observed - Number(warning['seen']))).toBeLessThanOrEqual(2);
    await Promise.all(writing.map((each) => each.stop()));
    await installation.settled([workload]);
    expect(await pod.stop('SIGTERM')).toBe(0);
    await workload.burst(50);
    const unread = workload.written.slice(-50);
    await untilGone(installation);
    await untilCompacted(installation);
    await workload.burst(10);
    await pod.start();

    const account = await installation.settled([workload], { missing: unread.length });
    expectAccount(account, { lost: 50, duplicated: 0, unexpected: 0, gaps: 1 });
    expectCovered(account);
    promise(() => expect(account.gaps[0]?.gap).toMatchObject({ reason: 'expired', certain: false }));
  });
});

/** The latest Event as a watch would send it. */
async function newestFrame({ plane, namespace }: Installation): Promise<string> {
  interface Stored {
    readonly metadata: { readonly resourceVersion: string };
  }
  const path = `/api/v1/namespaces/${namespace}/events`;
  const { items } = await plane.admin.expect<{ readonly items: readonly Stored[] }>('GET', path);
  const version = ({ metadata }: Stored) => Number(metadata.resourceVersion);
  const newest = items.reduce((latest, item) => (version(item) > version(latest) ? item : latest));
  return JSON.stringify({ type: 'ADDED', object: { kind: 'Event', apiVersion: 'v1', ...newest } });
}

/** What is lost lies in a gap record. */
function expectCovered({ lost, gaps }: Account): void {
  const ranges = gaps.map(({ gap }) => [BigInt(gap.from.resourceVersion), BigInt(gap.to.resourceVersion)] as const);
  const uncovered = lost.filter(({ resourceVersion }) => {
    const version = BigInt(resourceVersion);
    return !ranges.some(([from, to]) => version > from && version <= to);
  });
  promise(() => expect(uncovered, 'lost without a gap record').toEqual([]));
}

/** Waits until nothing more arrives. */
async function quiet({ accepted }: { readonly accepted: readonly unknown[] }): Promise<void> {
  let before = -1;
  await until(
    'quiet',
    () => {
      const isQuiet = accepted.length === before;
      before = accepted.length;
      return isQuiet || undefined;
    },
    { everyMs: 3_000 },
  );
}
