import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { startFaultProxy } from '../../tools/faults/fault-proxy.ts';
import { type HttpReceiver, startHttpReceiver } from '../../tools/faults/http-receiver.ts';
import { type Account, idOf, settleAccount } from '../../tools/trial/account.ts';
import type { Installation } from '../../tools/trial/installation.ts';
import { until } from '../../tools/trial/until.ts';
import type { Workload } from '../../tools/trial/workload.ts';
import { promise } from '../support/promise.ts';
import { describeReal, install, startWorkload, tell } from '../support/real.ts';
import { expectRenewedInTime } from '../support/renewals.ts';
import { expectAccount, expectResent } from '../support/account.ts';
import { settle } from '../../tools/trial/settling.ts';

const clean = { lost: 0, superseded: 0, duplicated: 0, unexpected: 0, outOfOrder: 0, gaps: 0 };
const pace = { perSecond: 50, updateEvery: 5 };
const retry = { initial: 0.1, maximum: 1 };
const megabyte = 1_048_576;

describeReal('a sink', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('that answers 503 for a while is named in the status, and gets everything once when it is back', async () => {
    const receiver = await receive();
    const sinks = [{ type: 'http', url: receiver.url, retry }] as const;
    const installation = await install(plane, { namespace: 'down', settings: { leaderLeaseDuration: 12, sinks } });
    const pod = await installation.addPod();
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, pace);
    await until('deliveries', () => own(installation, receiver).length > 100 || undefined);
    receiver.answerWith(() => ({ status: 503, body: 'down for maintenance' }));
    await until('the warning', async () => (await pod.page('/status')).includes('sink http is retrying') || undefined);
    const accepted = receiver.accepted.length;
    await until(
      'a sink that has failed for 10 s',
      async () => (await pod.metric('eventbaton_sink_failing_seconds', '"http"')) > 10 || undefined,
    );
    await until('500 writes meanwhile', () => workload.written.length > accepted + 500 || undefined);
    expect(receiver.accepted.length).toBe(accepted);
    expect(await pod.page('/status')).toContain('503');
    expect(await pod.page('/readyz')).toContain('ok');
    const position = await installation.storedPosition();
    const arrived = new Set(receiver.accepted.map(({ id }) => id));
    const held = workload.written.filter((version) => !arrived.has(idOf(version)));
    expect(held.length).toBeGreaterThan(500);
    promise(() => expect(held.filter(({ resourceVersion }) => BigInt(resourceVersion) <= position)).toEqual([]));
    receiver.answerWith(() => ({}));
    await until('the word that it is over', () => pod.log.find(({ message }) => message === 'sink http accepts again'));
    await writing.stop();

    expectAccount(await accountOf(installation, receiver, workload), clean);
    expect(JSON.parse(await pod.page('/status'))).toMatchObject({ sinks: [{ state: 'ok' }], warnings: [] });
    expect(await pod.metric('eventbaton_events_dropped_total')).toBe(0);
    expect((await installation.lease())?.spec.leaseTransitions).toBe(1);
  });

  test('that answers once a second holds up reading and nothing else: memory is bounded, renewals are on time, all arrives once', async () => {
    const windowBytes = megabyte;
    const receiver = await receive();
    const sinks = [{ type: 'http', url: receiver.url, retry, batch: { records: 100 } }] as const;
    const settings = { leaderLeaseDuration: 12, windowBytes, sinks };
    const installation = await install(plane, { namespace: 'slow', settings });
    const pod = await installation.addPod();
    const workload = installation.workload();
    await workload.burst(500);
    await accountOf(installation, receiver, workload);
    const idle = await pod.memory();
    receiver.answerWith(() => ({ delayMs: 1_000 }));
    const from = Date.now();
    await workload.burst(4_000);
    await until(
      'a pause in reading',
      async () => (await pod.page('/status')).includes('reading is paused') || undefined,
    );
    const most = await pod.metric('eventbaton_window_bytes');
    expect(most).toBeGreaterThan(windowBytes / 2);
    expect(most).toBeLessThan(windowBytes + megabyte);
    const account = await accountOf(installation, receiver, workload);
    const to = Date.now();

    expectAccount(account, clean);
    const grown = (await pod.memory()).peak - idle.resident;
    tell('resident memory at the most, beyond an idle leader', grown / megabyte, 'MiB');
    expect(grown).toBeLessThan(64 * megabyte);
    expect(to - from).toBeGreaterThan(30_000);
    expectRenewedInTime(await plane.requests(), pod.identity, { from, to, leaseSeconds: settings.leaderLeaseDuration });
    expect((await installation.lease())?.spec.leaseTransitions).toBe(1);
  });

  test('that says 200 and resets the connection in the middle of its answer gets that batch again, with equal ids and key', async () => {
    const receiver = await receive();
    const proxy = await startFaultProxy({ upstream: { url: receiver.url }, tls: false });
    onTestFinished(() => proxy.close());
    receiver.answerWith(() => ({ body: 'thank you for these records' }));
    const sinks = [{ type: 'http', url: proxy.url, retry }] as const;
    const installation = await install(plane, { namespace: 'half', settings: { leaderLeaseDuration: 12, sinks } });
    const pod = await installation.addPod();
    await installation.listed();
    const workload = installation.workload();
    const writing = startWorkload(workload, pace);
    await until('deliveries', () => own(installation, receiver).length > 50 || undefined);
    const cut = proxy.inject({ kind: 'cut', afterBytes: 10 }, { method: 'POST', reach: 'new', times: 3 });
    await until('three half answers', () => cut.hits === 3 || undefined);
    await delay(2_000);
    await writing.stop();

    const halves = receiver.batches.filter((_, index) => proxy.requests[index]?.end === 'cut');
    expect(halves).toHaveLength(3);
    const account = await accountOf(installation, receiver, workload);
    expectAccount(account, { ...clean, duplicated: account.duplicated.length });
    const unanswered = new Set(halves.flatMap(({ records }) => records.map(({ id }) => id)));
    expect(account.duplicated.length).toBeGreaterThan(0);
    expectResent(account, unanswered);
    for (const half of halves) {
      const again = receiver.batches.filter(({ number }) => number > half.number)[0];
      expect(again?.idempotencyKey).toBe(half.idempotencyKey);
      expect(again?.records).toEqual(half.records);
    }
    expect(await pod.metric('eventbaton_events_dropped_total')).toBe(0);
  });
});

async function receive(): Promise<HttpReceiver> {
  const receiver = await startHttpReceiver();
  onTestFinished(() => receiver.close());
  return receiver;
}

/** Gap records are everybody's. */
function own({ namespace }: Installation, { accepted }: HttpReceiver): readonly SinkRecord[] {
  return accepted.filter((record) => 'gap' in record || record.event.namespace === namespace);
}

/** The account once nothing is missing any more. */
function accountOf(installation: Installation, receiver: HttpReceiver, { written }: Workload): Promise<Account> {
  return settle(() => settleAccount(written, own(installation, receiver)));
}
