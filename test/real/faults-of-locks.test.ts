import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startControlPlane } from '../../tools/cluster/real.ts';
import { idOf } from '../../tools/trial/account.ts';
import { until } from '../../tools/trial/until.ts';
import { expectAccount, expectResent } from '../support/account.ts';
import { promise } from '../support/promise.ts';
import { describeReal } from '../support/real.ts';
import {
  asked,
  idsOf,
  lockPath,
  lockWrite,
  nothingAmiss,
  oneLeader,
  said,
  saidLines,
  tokenKey,
  tokenWrite,
  transitions,
  underLoad,
} from './under-load.ts';

describeReal('with a fault of the lock or of a write of the token', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane();
  });

  afterAll(() => plane?.stop());

  test('a lock that is deleted every 2 s, by a tool that prunes it: nothing is lost, and few Events come twice', async () => {
    const { installation, workload, stopWriting } = await underLoad(plane, 'pruned', 2, { leaderLeaseDuration: 15 });
    const writtenBefore = workload.written.length;
    for (let deletions = 0; deletions < 20; deletions += 1) {
      await plane.admin.send('DELETE', lockPath(installation));
      await delay(2_000);
    }
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, duplicated: account.duplicated.length });
    expect(saidLines(installation, 'no longer leading').length).toBeGreaterThanOrEqual(3);
    // Before, each term sent again all that was written since the last one that lived to write its token.
    promise(() => expect(account.duplicated.length).toBeLessThan((workload.written.length - writtenBefore) / 2));
  });

  test.each([
    { what: 'everything', namespace: 'partition', scope: {} },
    { what: 'its renewals, while its watch goes on', namespace: 'renewals', scope: lockWrite },
  ])(
    'a leader cut off from $what stops before another leads, and sends nothing after its term: nothing is lost',
    async ({ namespace, scope }) => {
      const { installation, workload, proxyOf, stopWriting } = await underLoad(plane, namespace, 2, {
        leaderLeaseDuration: 15,
      });
      const old = await installation.leader();
      const term = await transitions(installation);
      const fault = proxyOf(old).inject({ kind: 'blackhole' }, scope);
      const over = await said(old, 'no longer leading');
      const excusable = await installation.idsBeyondToken();
      await workload.answered();
      const writtenBefore = new Set(workload.written.map(idOf));
      const next = await installation.leader(old);
      await until('deliveries by the next leader', () => next.output.length > 50 || undefined);
      expect(await transitions(installation)).toBe(term + 1);
      await fault.heal();
      await until(
        'the old leader to follow',
        async () => (await old.page('/status')).includes(`"holder": "${next.identity}"`) || undefined,
      );
      await stopWriting();

      const account = await installation.settled([workload]);
      expectAccount(account, { ...nothingAmiss, duplicated: account.duplicated.length });
      expectResent(account, excusable);
      const ofWorkload = new Set(workload.written.map(idOf));
      promise(() => {
        expect(idsOf(old).filter((id) => ofWorkload.has(id) && !writtenBefore.has(id))).toEqual([]);
        expect(old.output.at(-1)?.at).toBeLessThan(next.output[0]?.at ?? 0);
        expect(over.at).toBeLessThan(next.output[0]?.at ?? 0);
      });
      expect(await installation.leader()).toBe(next);
    },
  );

  test('a renewal that is applied and never answered costs neither term nor Event', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad(plane, 'lost-renewal', 1);
    const term = await transitions(installation);
    const fault = proxies[0]?.inject({ kind: 'lose answer' }, { ...lockWrite, times: 2 });
    await until('a renewal after the lost ones', () =>
      fault?.hits === 2
        ? asked(proxies[0], lockWrite).findLast(({ faults, end }) => faults.length === 0 && end === 'answered')
        : undefined,
    );
    await stopWriting();
    expectAccount(await installation.settled([workload]), nothingAmiss);
    expect(await transitions(installation)).toBe(term);
    expect(saidLines(installation, 'no longer leading')).toEqual([]);
  });

  test('a takeover that is applied and never answered is one transition, and the winner leads at once', async () => {
    const { installation, workload, proxyOf, stopWriting } = await underLoad(plane, 'lost-takeover', 2);
    const old = await installation.leader();
    const [other] = installation.pods.filter((pod) => pod !== old);
    const term = await transitions(installation);
    const fault = other && proxyOf(other).inject({ kind: 'lose answer' }, { ...lockWrite, times: 1 });
    expect(await old.stop('SIGTERM')).toBe(0);
    const next = await installation.leader(old);
    await until('deliveries by the next leader', () => next.output.length > 50 || undefined);
    await stopWriting();
    expectAccount(await installation.settled([workload]), nothingAmiss);
    expect(fault?.hits).toBe(1);
    expect(await transitions(installation)).toBe(term + 1);
  });

  test.each([
    { how: 'hang', namespace: 'token-hangs' },
    { how: 'reset', namespace: 'token-reset' },
  ] as const)(
    'a token write that is applied and never answered ($how) is known for our own: nothing comes twice',
    async ({ how, namespace }) => {
      const { installation, workload, proxies, stopWriting } = await underLoad(plane, namespace, 2, {
        checkpointInterval: 1,
      });
      const faults = proxies.map((proxy) =>
        proxy.inject({ kind: 'lose answer', client: how }, { ...tokenWrite, times: 1 }),
      );
      const position = await until('the lost write', async () =>
        faults.some(({ hits }) => hits > 0) ? installation.storedPosition() : undefined,
      );
      await until('a later one', async () => (await tokenKey(installation)) > position || undefined);
      const old = await installation.leader();
      expect(await old.stop('SIGTERM')).toBe(0);
      await installation.leader(old);
      await stopWriting();
      expectAccount(await installation.settled([workload]), nothingAmiss);
      expect(saidLines(installation, 'somebody changed the token')).toEqual([]);
      expect(saidLines(installation, 'no longer leading')).toEqual([]);
    },
  );

  test('writes of a dead leader that arrive after the next claim are refused: neither token nor lock goes back', async () => {
    const settings = { leaderLeaseDuration: 15, checkpointInterval: 1 };
    const { installation, workload, proxyOf, stopWriting } = await underLoad(plane, 'late', 2, settings);
    const old = await installation.leader();
    const late = [tokenWrite, lockWrite].map((scope) =>
      proxyOf(old).inject({ kind: 'latency', ms: 3_600_000, of: 'request' }, { ...scope, times: 1 }),
    );
    await until('both to be under way', () => late.every(({ hits }) => hits === 1) || undefined);
    await old.stop('SIGKILL');
    const excusable = await installation.idsBeyondToken();
    const next = await installation.leader(old);
    const claim = await said(next, 'token claimed');
    const position = await until('a token write of the next leader', async () => {
      const key = await tokenKey(installation);
      return key > BigInt(String(claim['position'])) ? key : undefined;
    });
    for (const fault of late) await fault.heal();
    const delayed = proxyOf(old).requests.filter(({ faults }) => faults.includes('latency'));
    await until('their arrival', () => delayed.every(({ serverStatus }) => serverStatus !== undefined) || undefined);
    const token = await tokenKey(installation);
    promise(() => {
      expect(delayed.map(({ serverStatus }) => serverStatus)).toEqual([409, 409]);
      expect(token).toBeGreaterThanOrEqual(position);
    });
    expect(await installation.leader()).toBe(next);
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, duplicated: account.duplicated.length });
    expectResent(account, excusable);
  });

  test('a lock that is deleted under its leader costs one more term, and nothing is lost', async () => {
    const { installation, workload, stopWriting } = await underLoad(plane, 'lock-deleted', 2, {
      leaderLeaseDuration: 15,
    });
    const old = await installation.leader();
    const term = await transitions(installation);
    await plane.admin.expect('DELETE', lockPath(installation));
    await said(old, 'no longer leading');
    const excusable = await installation.idsBeyondToken();
    await oneLeader(installation);
    expect(await transitions(installation)).toBe(term + 1);
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, duplicated: account.duplicated.length });
    expectResent(account, excusable);
  });

  test('a lock that somebody labels stays ours, label and term with it', async () => {
    const { installation, workload, proxies, stopWriting } = await underLoad(plane, 'lock-labelled', 1);
    const term = await transitions(installation);
    const patch = { metadata: { labels: { team: 'a' } } };
    await plane.admin.expect('PATCH', lockPath(installation), patch, 'application/merge-patch+json');
    await until('the conflict', () => asked(proxies[0], lockWrite).find(({ status }) => status === 409));
    await until('the renewal after it', () => asked(proxies[0], lockWrite).at(-1)?.status === 200 || undefined);
    await stopWriting();
    const lock = await plane.admin.expect<typeof patch>('GET', lockPath(installation));
    expect(lock.metadata.labels).toMatchObject({ team: 'a' });
    expect(await transitions(installation)).toBe(term);
    expectAccount(await installation.settled([workload]), nothingAmiss);
  });

  test('a lock that names somebody else is obeyed at once, for as long as a lease', async () => {
    const { installation, workload, stopWriting } = await underLoad(plane, 'lock-stolen', 2, {
      leaderLeaseDuration: 15,
    });
    const old = await installation.leader();
    const patch = { spec: { holderIdentity: 'somebody' } };
    await plane.admin.expect('PATCH', lockPath(installation), patch, 'application/merge-patch+json');
    await said(old, 'no longer leading');
    const excusable = await installation.idsBeyondToken();
    expect((await installation.lease())?.spec.holderIdentity).toBe('somebody');
    await oneLeader(installation);
    await stopWriting();
    const account = await installation.settled([workload]);
    expectAccount(account, { ...nothingAmiss, duplicated: account.duplicated.length });
    expectResent(account, excusable);
  });
});
