import { describe, expect, test } from 'vitest';
import { type Environment, readSettings } from '../../../runtime/src/contract/read-settings.ts';
import { settingMeta, settingNames } from '../../../runtime/src/contract/settings.ts';

function warningsOf(environment: Environment): readonly string[] {
  const result = readSettings({ DD_COLLECT_KUBERNETES_EVENTS: 'true', ...environment });
  return 'problems' in result ? result.problems : result.warnings;
}

test('with collection on and everything else at its default there is nothing to warn of', () => {
  expect(warningsOf({})).toEqual([]);
});

describe('a warning is given, with its reason, of', () => {
  test('a collector with nothing switched on, with the variable that switches collection on', () => {
    const off = [expect.stringContaining('DD_COLLECT_KUBERNETES_EVENTS=true')];
    expect(warningsOf({ DD_COLLECT_KUBERNETES_EVENTS: 'false' })).toEqual(off);
    expect(warningsOf({ DD_COLLECT_KUBERNETES_EVENTS: 'false', DD_LEADER_ELECTION: 'true' })).toEqual([]);
  });

  test('election that is switched off where collection implies it; not where it is only not mentioned', () => {
    expect(warningsOf({ DD_LEADER_ELECTION: 'false' })).toEqual([
      'DD_LEADER_ELECTION is false: a leader is elected all the same, for collecting Events implies it',
    ]);
    expect(warningsOf({ DD_LEADER_ELECTION: 'true' })).toEqual([]);
  });

  test.each<readonly [string, Environment, RegExp, Environment]>([
    [
      'a lease of 30 s or less',
      { DD_LEADER_LEASE_DURATION: '30' },
      /^DD_LEADER_LEASE_DURATION is 30 s: .*costs the leader its lease/,
      { DD_LEADER_LEASE_DURATION: '30.1' },
    ],
    [
      'a lease as long as Events live',
      { DD_LEADER_LEASE_DURATION: '60', EVENTBATON_EVENT_TTL: '60' },
      /^DD_LEADER_LEASE_DURATION is 60 s and Events live for 60 s: .*expired unread/,
      { DD_LEADER_LEASE_DURATION: '60', EVENTBATON_EVENT_TTL: '61' },
    ],
    [
      'a hand-over that may take longer than a crash',
      { EVENTBATON_DRAIN_TIMEOUT: '60' },
      /^EVENTBATON_DRAIN_TIMEOUT is 60 s and the lease 60 s: /,
      { EVENTBATON_DRAIN_TIMEOUT: '59' },
    ],
    [
      'a token that is written more seldom than a sixth of what Events live',
      { EVENTBATON_CHECKPOINT_INTERVAL: '601', DD_LEADER_LEASE_DURATION: '3000' },
      /^EVENTBATON_CHECKPOINT_INTERVAL is 601 s: above a sixth of the 3600 s .*gaps are judged by a token that is old/,
      { EVENTBATON_CHECKPOINT_INTERVAL: '600', DD_LEADER_LEASE_DURATION: '3000' },
    ],
    [
      'a token that is written more seldom than a quarter of the lease',
      { EVENTBATON_CHECKPOINT_INTERVAL: '16' },
      /^EVENTBATON_CHECKPOINT_INTERVAL is 16 s: above a quarter of the lease of 60 s .*a term may end before its token is written/,
      { EVENTBATON_CHECKPOINT_INTERVAL: '15' },
    ],
    [
      'a window smaller than a batch',
      { EVENTBATON_WINDOW_BYTES: '1048575' },
      /^EVENTBATON_WINDOW_BYTES is 1048575 bytes: a batch of sink stdout never grows to the 1048576 bytes/,
      { EVENTBATON_WINDOW_BYTES: '1048576' },
    ],
  ])('%s', (_what, wrong, words, right) => {
    expect(warningsOf(wrong)).toEqual([expect.stringMatching(words)]);
    expect(warningsOf(right)).toEqual([]);
  });
});

test('a warning names the place that the setting came from', () => {
  const place = () => '/etc/x.yaml:3: leader_lease_duration';
  const file = { given: new Map([['leaderLeaseDuration', { value: 20, place }]] as const), problems: [], warnings: [] };
  const result = readSettings({ DD_COLLECT_KUBERNETES_EVENTS: 'true' }, [file]);
  expect(result).toHaveProperty('warnings', [
    expect.stringMatching(/^\/etc\/x\.yaml:3: leader_lease_duration is 20 s: /),
  ]);
});

test('no warning quotes a text: only numbers, names of sinks and places', () => {
  const secret = 'hunter2';
  for (const name of settingNames) {
    const environment = { [settingMeta(name).env]: secret, DD_LEADER_LEASE_DURATION: '5' };
    expect(warningsOf(environment).join('\n')).not.toContain(secret);
  }
});
