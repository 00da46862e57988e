import { expect, onTestFinished, test } from 'vitest';
import { leadAlone } from '../../../runtime/src/election/lead-alone.ts';
import { runElector } from '../../../runtime/src/election/elector.ts';
import { untilAborted } from '../../../runtime/src/support/signals.ts';
import { Term } from '../../../runtime/src/term.ts';
import { refusal } from '../../support/named-object.ts';
import { elective, holderOf, lockOf, lockStore, released, renewByOther, specOf } from './elections.ts';

/** A leader by a Lease, next to locks of the other kinds. */
async function leading(kind: 'leases' | 'configmaps' = 'leases') {
  const stores = {
    leases: lockStore('leases'),
    configmaps: lockStore('configmaps'),
    endpoints: lockStore('endpoints'),
  };
  const { [kind]: own, ...others } = stores;
  const options = elective(own, { others: Object.values(others) });
  const stop = new AbortController();
  const begun: number[] = [];
  const ended: number[] = [];
  const lead = async ({ term }: { term: { signal: AbortSignal } }, stopping: AbortSignal) => {
    begun.push(options.clock.now());
    await untilAborted(stopping, term.signal);
    ended.push(options.clock.now());
  };
  const running = runElector({ ...options, lead, onRole: () => undefined }, stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await options.clock.pass(60_000);
    await running;
  });
  await options.clock.pass(1_000);
  expect(begun).toHaveLength(1);
  return { ...options, own, stores, begun, ended };
}

const collector = holderOf('collector-b');

test('somebody who is no collector takes another lock: the leader stops within a retry period, and releases its own', async () => {
  const { clock, own, stores, ended, told } = await leading();
  stores.configmaps.write(lockOf('configmaps', { holderIdentity: 'agent' }));
  await clock.pass(15_000);
  expect(ended).toHaveLength(1);
  expect(specOf(own)).toMatchObject(released);
  expect(told.map(({ what }) => what)).toContain('other lock held');
});

test('a collector takes a lock of an earlier kind: the leader yields', async () => {
  const { clock, own, stores, ended } = await leading('configmaps');
  stores.leases.write(lockOf('leases', { holderIdentity: collector }));
  await clock.pass(15_000);
  expect(ended).toHaveLength(1);
  expect(specOf(own)).toMatchObject(released);
});

test('a collector takes a lock of a later kind: the leader stops and keeps its lock, and goes on once that one is released', async () => {
  const { clock, own, stores, begun, ended, told } = await leading();
  stores.configmaps.write(lockOf('configmaps', { holderIdentity: collector }));
  await clock.pass(30_000);
  expect([begun, ended].map(({ length }) => length)).toEqual([1, 1]);
  expect(specOf(own)).toMatchObject({ holderIdentity: holderOf('collector-a'), leaseTransitions: 1 });
  stores.configmaps.write(lockOf('configmaps', released));
  await clock.pass(5_000);
  expect(begun).toHaveLength(2);
  const heldBack = told.flatMap((happening) => (happening.what === 'held back' ? [happening.by] : []));
  expect(heldBack).toEqual([expect.stringContaining(collector), undefined]);
});

test('a collector takes a lock of a later kind and dies: the leader goes on once that lease has run out', async () => {
  const { clock, stores, begun } = await leading();
  stores.configmaps.write(lockOf('configmaps', { holderIdentity: collector }));
  await clock.pass(70_000);
  expect(begun).toHaveLength(1);
  await clock.pass(10_000);
  expect(begun).toHaveLength(2);
});

test('looks that fail or are refused never end a term', async () => {
  const { clock, stores, ended, begun } = await leading();
  for (let looks = 0; looks < 10; looks += 1) stores.configmaps.next('get', refusal('API_UNAVAILABLE'));
  for (let looks = 0; looks < 10; looks += 1) stores.endpoints.next('get', refusal('API_FORBIDDEN', { status: 403 }));
  await clock.pass(300_000);
  expect([begun, ended].map(({ length }) => length)).toEqual([1, 0]);
});

test('a process that stood still beyond its term looks at nothing when it wakes', async () => {
  const others = lockStore('configmaps');
  const options = elective(lockStore('leases'), { others: [others] });
  const { clock } = options;
  const term = new Term({ number: 1, holder: 'collector-a', startedAt: 0, renewDeadlineMs: 40_000, clock });
  const stop = new AbortController();
  const ended = leadAlone(options, term, stop.signal, (stopping) => untilAborted(stopping, term.signal));
  await clock.pass(14_000);
  expect(others.verbs).toEqual(['get']);
  clock.advance(50_000);
  await clock.pass(60_000);
  expect(others.verbs).toEqual(['get']);
  stop.abort();
  expect(await ended).toBe('done');
});

test('a lock of another kind that was left behind does not hold a leader back, until somebody renews it', async () => {
  const { clock, stores, ended } = await leading();
  stores.configmaps.write(lockOf('configmaps', { ...released, renewTime: '2030-01-01T00:00:09.000000Z' }));
  await clock.pass(60_000);
  expect(ended).toEqual([]);
  stores.configmaps.write(lockOf('configmaps', { holderIdentity: 'agent' }));
  renewByOther(stores.configmaps, 60);
  await clock.pass(15_000);
  expect(ended).toHaveLength(1);
});
