import { describe, expect, onTestFinished, test } from 'vitest';
import { startCampaign } from '../../../runtime/src/election/campaign.ts';
import { nothingSeen } from '../../../runtime/src/election/observation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { elective, holderOf, lease, type LeaseStore, leaseStore, passTogether, released, specOf } from './elections.ts';

/** One candidate for each chance, each with a clock of its own. */
function candidates(store: LeaseStore, chances: readonly number[]) {
  const stop = new AbortController();
  const winners: string[] = [];
  const members = chances.map((chance, index) => {
    const podName = `collector-${index}`;
    const clock = manualClock(Date.parse('2030-01-01T00:00:00Z') + index * 86_400_000);
    clock.advance(index * 1_000_000);
    const options = elective(store, { podName, clock, random: () => chance });
    const ended = startCampaign(options, nothingSeen)
      .won(stop.signal)
      .then(
        () => winners.push(podName),
        () => undefined,
      );
    return { clock, ended };
  });
  onTestFinished(async () => {
    stop.abort();
    await Promise.all(members.map(({ ended }) => ended));
  });
  const clocks = members.map(({ clock }) => clock);
  return { winners, pass: (ms: number, stepMs = ms) => passTogether(clocks, ms, stepMs) };
}

const writers = (store: LeaseStore) =>
  store.requests.filter(({ verb }) => verb === 'update' || verb === 'create').map(({ by }) => by);

const field = [
  ['two', [0.3, 0.1]],
  ['five', [0.9, 0.4, 0.1, 0.6, 0.2]],
] as const;

const earliest = { two: 'collector-1', five: 'collector-2' };

describe.each(field)('of %s candidates, each with a clock of its own, exactly one wins', (name, chances) => {
  test('where there is no lock yet, and the others write nothing', async () => {
    const store = leaseStore();
    const { winners, pass } = candidates(store, chances);
    await pass(1_000, 1);
    expect(winners).toEqual([earliest[name]]);
    expect(writers(store)).toEqual(winners);
  });

  test('after a release, and the others write nothing', async () => {
    const store = leaseStore(lease());
    const { winners, pass } = candidates(store, chances);
    await pass(20_000);
    store.write(lease(released));
    await pass(1_000, 1);
    expect(winners).toEqual([earliest[name]]);
    expect(writers(store)).toEqual(winners);
    expect(specOf(store)).toMatchObject({ holderIdentity: holderOf(earliest[name]), leaseTransitions: 8 });
  });

  test('after an expiry, and the others write nothing', async () => {
    const store = leaseStore(lease());
    const { winners, pass } = candidates(store, chances);
    await pass(59_000, 1_000);
    expect(winners).toEqual([]);
    await pass(3_000, 1);
    expect(winners).toEqual([earliest[name]]);
    expect(writers(store)).toEqual(winners);
  });
});

test('of five candidates that act at the same moment exactly one wins, and the others ask once more and follow', async () => {
  const store = leaseStore(lease());
  const { winners, pass } = candidates(store, [0.5, 0.5, 0.5, 0.5, 0.5]);
  await pass(20_000);
  store.requests.length = 0;
  store.write(lease(released));
  await pass(1_000, 200);
  expect(winners).toHaveLength(1);
  await pass(58_000, 1_000);
  expect(winners).toHaveLength(1);
  expect(store.requests.length).toBeLessThanOrEqual(9);
});

test('the next wins when the first has gone silent, one lease and one delay later', async () => {
  const store = leaseStore();
  const { winners, pass } = candidates(store, [0.3, 0.1]);
  await pass(1_000, 1);
  await pass(59_000, 1_000);
  expect(winners).toEqual(['collector-1']);
  await pass(2_000, 1);
  expect(winners).toEqual(['collector-1', 'collector-0']);
  expect(specOf(store)).toMatchObject({ leaseTransitions: 2 });
});
