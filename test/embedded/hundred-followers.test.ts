import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { electionTimes } from '../../runtime/src/election/election-options.ts';
import { runElector } from '../../runtime/src/election/elector.ts';
import { lockKinds } from '../../runtime/src/election/lock-kinds.ts';
import { ApiClient } from '../../runtime/src/kube/api-client.ts';
import { createNamedObject } from '../../runtime/src/kube/named-object.ts';
import { untilAborted } from '../../runtime/src/support/signals.ts';
import type { Clock } from '../../runtime/src/support/clock.ts';
import { systemClock, systemRandom as random } from '../../runtime/src/support/system-clock.ts';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { startEmbeddedControlPlane } from '../../tools/cluster/embedded/control-plane.ts';
import { named } from '../../tools/trial/requests.ts';
import { until } from '../../tools/trial/until.ts';

const followers = 100;
const observedSeconds = 16;

/**
 * One process does the work of a hundred, and of their server. On a clock that is slower than this machine's that work weighs less against
 * the times by which they hold back, as it does where each has a machine of its own.
 */
const slowness = 16;
/** Longer than anybody holds back after a release, and shorter than the pause between two renewals. */
const holdBackMs = 150 * slowness + 1_000;
const beganAt = systemClock.wallTime();
const clock: Clock = {
  now: () => systemClock.now() / slowness,
  wallTime: () => beganAt + (systemClock.wallTime() - beganAt) / slowness,
  sleep: (ms, signal) => systemClock.sleep(ms * slowness, signal),
};
const times = electionTimes(16_000 / slowness);

interface Member {
  readonly name: string;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** A candidate with a connection of its own, as a process has it. */
function candidate(plane: ControlPlane, name: string, leading: Set<string>): Member {
  const { host, port, ca, adminToken } = plane;
  const connection = {
    protocol: 'https:' as const,
    host,
    port,
    basePath: '',
    namespace: undefined,
    origin: 'the test',
    credentials: async () => ({ ca, headers: { authorization: `Bearer ${adminToken}` } }),
    forget: () => undefined,
  };
  const client = new ApiClient({ connection, userAgent: name, clock, report: () => undefined });
  const { apiVersion, resource, codec } = lockKinds.leases;
  const stop = new AbortController();
  const ended = runElector(
    {
      self: { identity: { podName: name, podUid: '', nonce: '0' }, healthPort: undefined },
      lock: createNamedObject({ client, apiVersion, resource, namespace: 'default', name: 'lock', clock }),
      codec,
      times,
      clock,
      random,
      report: () => undefined,
      onRole: () => undefined,
      async lead({ term }, stopping) {
        leading.add(name);
        await untilAborted(stopping, term.signal);
        leading.delete(name);
      },
    },
    stop.signal,
  );
  return { name, stop, ended };
}

test('a hundred followers ask for nothing while somebody leads, and after a release one of them wins and hardly another writes', async () => {
  const plane = await startEmbeddedControlPlane();
  const leading = new Set<string>();
  const members: Member[] = [];
  onTestFinished(async () => {
    for (const { stop } of members) stop.abort();
    await Promise.all(members.map(({ ended }) => ended));
    await plane.stop();
  });
  const leader = candidate(plane, 'leader', leading);
  members.push(leader);
  await until('a leader', () => leading.has('leader') || undefined);
  for (let number = 0; number < followers; number += 1) members.push(candidate(plane, `follower-${number}`, leading));
  const asked = async () => (await plane.requests()).filter(({ userAgent }) => userAgent !== 'admin');
  await until('a hundred that watch', async () => {
    const accepted = (await asked()).filter(({ verb, stage }) => verb === 'watch' && stage === 'ResponseStarted');
    // One that began anew meanwhile counts once: the last to come would ask within the time that is observed.
    const watching = new Set(accepted.map(({ userAgent }) => userAgent).filter((name) => name !== 'leader'));
    return watching.size >= followers || undefined;
  });

  // By place, not by time: the log's microseconds and this process's milliseconds part the same instant differently.
  const before = (await asked()).length;
  await delay(observedSeconds * 1_000);
  const steady = (await asked()).slice(before);
  expect(steady.filter(({ userAgent }) => userAgent !== 'leader').map(named)).toEqual([]);
  expect(Math.abs(steady.length - (observedSeconds * 1_000) / (times.retryPeriodMs * slowness))).toBeLessThanOrEqual(1);

  leader.stop.abort();
  await leader.ended;
  await until('a winner', () => leading.size === 1 || undefined);
  await delay(holdBackMs);
  expect(leading.size).toBe(1);
  const [winner = ''] = leading;
  const writes = (await asked()).slice(before + steady.length).filter((entry) => named(entry) === 'update leases');
  const won = writes.filter(({ userAgent, code }) => userAgent === winner && code === 200);
  const [first] = won;
  // It renews later than that.
  expect(won.filter(({ receivedAt }) => receivedAt <= (first?.receivedAt ?? 0) + holdBackMs)).toHaveLength(1);
  const losers = writes.filter(({ userAgent }) => userAgent !== winner && userAgent !== 'leader');
  process.stderr.write(`  writes of ${followers - 1} losers after a release: ${losers.length}\n`);
  expect(losers.length).toBeLessThanOrEqual(followers / 10);
});
