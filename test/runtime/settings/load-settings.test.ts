import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../runtime/src/contract/settings.ts';
import { loadSettings } from '../../../runtime/src/settings/load-settings.ts';
import { largestFileBytes } from '../../../runtime/src/contract/given-settings.ts';
import { temporaryFolder } from '../cli/process.ts';

/** A folder that stands for /etc, and in it the files that are given. */
function etc(files: Readonly<Record<string, string | Buffer>> = {}) {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return {
    at: (name: string) => join(folder, name),
    usual: ['eventbaton.yaml', 'datadog.yaml'].map((name) => join(folder, name)),
  };
}

describe('settings', () => {
  test('of the environment count before those of the file, and those before the defaults', async () => {
    const { usual } = etc({ 'eventbaton.yaml': 'leader_lease_duration: 45\nevent_ttl: 7200\n' });
    expect(await loadSettings({ DD_LEADER_LEASE_DURATION: '90' }, usual)).toMatchObject({
      settings: { ...defaultSettings, leaderLeaseDuration: 90, eventTtl: 7_200 },
      file: usual[0],
    });
  });

  test('of a file are not looked at where the environment says otherwise, and an empty variable says nothing', async () => {
    const { usual } = etc({ 'eventbaton.yaml': 'leader_lease_duration: long\n' });
    expect(await loadSettings({ DD_LEADER_LEASE_DURATION: '90' }, usual)).toHaveProperty('settings');
    expect(await loadSettings({ DD_LEADER_LEASE_DURATION: '' }, usual)).toHaveProperty('problems', [
      expect.stringContaining(`${usual[0]}:1: leader_lease_duration: must be a number`),
    ]);
  });

  test('of a file that the environment overrules are named, where they differ', async () => {
    const { usual } = etc({
      'datadog.yaml':
        'collect_kubernetes_events: true\nleader_lease_name: my-lock\ncluster_agent:\n  token_name: my-token\nhealth_port: 5555\n',
    });
    const environment = {
      DD_COLLECT_KUBERNETES_EVENTS: '1',
      DD_LEADER_LEASE_NAME: 'datadog-leader-election',
      DD_CLUSTER_AGENT_TOKEN_NAME: 'datadogtoken',
      DD_HEALTH_PORT: '5555',
    };
    expect(await loadSettings(environment, usual)).toHaveProperty('warnings', [
      `${usual[1]}:2: leader_lease_name is not used: DD_LEADER_LEASE_NAME says otherwise, and counts`,
      `${usual[1]}:4: cluster_agent.token_name is not used: DD_CLUSTER_AGENT_TOKEN_NAME says otherwise, and counts`,
    ]);
  });

  test.each(['[team1-a, team1-b]', '[]', 'team1-*x', '\n  - team1-a\n  - team1-b'])(
    'of several namespaces are refused, with the reason and the remedy: %j',
    async (list) => {
      const { usual } = etc({ 'eventbaton.yaml': `namespace: ${list}\n` });
      expect(await loadSettings({}, usual)).toHaveProperty('problems', [
        expect.stringMatching(/:1: namespace: must be one namespace, .* one watch and one token, .*; run one release/),
      ]);
    },
  );

  test('without any file are those of the environment', async () => {
    const result = await loadSettings({ EVENTBATON_EVENT_TTL: '60' }, etc().usual);
    expect(result).toMatchObject({ settings: { ...defaultSettings, eventTtl: 60 }, file: undefined });
  });

  test('are all judged at once: unknown and wrong ones, of variables and file', async () => {
    const { usual } = etc({ 'eventbaton.yaml': 'event_tll: 1\nstart_from: here\nsinks:\n  - type: pigeon\n' });
    const environment = { EVENTBATON_WINDOW: '5', DD_LEADER_LEASE_DURATION: '-5' };
    expect(await loadSettings(environment, usual)).toEqual({
      problems: [
        expect.stringContaining('EVENTBATON_WINDOW: there is no such setting'),
        `${usual[0]}:1: event_tll: there is no such setting; did you mean event_ttl?`,
        expect.stringContaining('DD_LEADER_LEASE_DURATION: must be'),
        `${usual[0]}:2: start_from: must be all or now`,
        expect.stringMatching(/:4: sinks\.0\.type: must be a sink/),
      ],
      file: usual[0],
    });
  });

  test('that are warned about are named by the place that they came from', async () => {
    const { usual } = etc({
      'datadog.yaml': 'collect_kubernetes_events: yes\nleader_election: no\nleader_electon: yes\n',
    });
    expect(await loadSettings({}, usual)).toHaveProperty('warnings', [
      `${usual[1]}:3: leader_electon is passed over; did you mean leader_election?`,
      expect.stringMatching(new RegExp(`^${usual[1]}:2: leader_election is false: a leader is elected all the same`)),
    ]);
  });
});

describe('the settings file', () => {
  test('is the first of the usual ones that is there, and no other', async () => {
    const both = etc({ 'eventbaton.yaml': 'event_ttl: 60\n', 'datadog.yaml': 'leader_election: true\n' });
    expect(await loadSettings({}, both.usual)).toMatchObject({ settings: { ...defaultSettings, eventTtl: 60 } });
    const agents = etc({ 'datadog.yaml': 'leader_election: true\n' });
    expect(await loadSettings({}, agents.usual)).toMatchObject({ settings: { leaderElection: true } });
  });

  test('is another one if EVENTBATON_CONFIG names it; none of the usual ones is looked at then', async () => {
    const { at, usual } = etc({ 'eventbaton.yaml': 'no: sense', 'other.yaml': 'event_ttl: 60\n' });
    const environment = { EVENTBATON_CONFIG: at('other.yaml') };
    expect(await loadSettings(environment, usual)).toMatchObject({
      settings: { eventTtl: 60 },
      file: at('other.yaml'),
    });
    expect(await loadSettings({ EVENTBATON_CONFIG: '/dev/null' }, usual)).toMatchObject({
      settings: { ...defaultSettings, configFile: '/dev/null' },
    });
  });

  test('that is named has to be there', async () => {
    const { at, usual } = etc({ 'eventbaton.yaml': 'event_ttl: 60\n' });
    const result = await loadSettings({ EVENTBATON_CONFIG: at('none.yaml'), DD_HEALTH_PORT: 'x' }, usual);
    expect(result).toHaveProperty('problems', [
      `EVENTBATON_CONFIG: ${at('none.yaml')} is not there`,
      expect.stringContaining('DD_HEALTH_PORT'),
    ]);
  });

  test('may be a link, as a mounted ConfigMap has it', async () => {
    const { at, usual } = etc({ 'data.yaml': 'event_ttl: 60\n' });
    symlinkSync(at('data.yaml'), at('eventbaton.yaml'));
    expect(await loadSettings({}, usual)).toMatchObject({ settings: { eventTtl: 60 } });
  });

  test('that is no YAML is refused with every line that is wrong, beside what else is wrong', async () => {
    const { usual } = etc({ 'eventbaton.yaml': 'event_ttl: 1\nevent_ttl: 2\nsinks: 1\nsinks: 2\n' });
    expect(await loadSettings({ DD_HEALTH_PORT: 'x' }, usual)).toHaveProperty('problems', [
      `${usual[0]}:2: a key that stands there twice`,
      `${usual[0]}:4: a key that stands there twice`,
      expect.stringContaining('DD_HEALTH_PORT'),
    ]);
  });

  test.each<readonly [string, string, (path: string) => void]>([
    ['a folder', 'cannot be read: EISDIR', (path) => mkdirSync(path)],
    [
      'too large',
      `is larger than ${largestFileBytes} bytes`,
      (path) => writeFileSync(path, ' '.repeat(largestFileBytes + 1)),
    ],
    ['not UTF-8', 'is not UTF-8 text', (path) => writeFileSync(path, Buffer.from([0x61, 0x3a, 0x20, 0xff]))],
    ['endless', `is larger than ${largestFileBytes} bytes`, (path) => symlinkSync('/dev/zero', path)],
    ['a link to itself', 'cannot be read: ELOOP', (path) => symlinkSync(path, path)],
  ])('that is %s is refused', async (_what, problem, make) => {
    const { at, usual } = etc();
    make(at('eventbaton.yaml'));
    expect(await loadSettings({}, usual)).toHaveProperty('problems', [`${usual[0]}: ${problem}`]);
  });

  test('that may not be read is refused, and no other is read instead', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root may read everything: run as another user');
    const { at, usual } = etc({ 'eventbaton.yaml': 'event_ttl: 60\n', 'datadog.yaml': 'leader_election: true\n' });
    chmodSync(at('eventbaton.yaml'), 0);
    expect(await loadSettings({}, usual)).toHaveProperty('problems', [`${usual[0]}: cannot be read: EACCES`]);
  });

  test('of exactly the largest size is read', async () => {
    const { usual } = etc({ 'eventbaton.yaml': 'event_ttl: 60\n'.padEnd(largestFileBytes, '#') });
    expect(await loadSettings({}, usual)).toMatchObject({ settings: { eventTtl: 60 } });
  });
});

describe('EVENTBATON_SINKS', () => {
  const sinks = [{ type: 'stdout' }, { type: 'file', path: '/events/x.jsonl' }];

  test('may be YAML, which means what the same list means as JSON', async () => {
    const yaml = '- type: stdout\n- type: file\n  path: /events/x.jsonl\n';
    const fromYaml = await loadSettings({ EVENTBATON_SINKS: yaml }, []);
    expect(fromYaml).toHaveProperty('settings');
    expect(fromYaml).toEqual(await loadSettings({ EVENTBATON_SINKS: JSON.stringify(sinks) }, []));
  });

  test('counts before the sinks of the file', async () => {
    const { usual } = etc({ 'eventbaton.yaml': 'sinks: [{type: file, path: /x}]\n' });
    for (const text of ['- type: stdout\n', '[{"type":"stdout"}]'])
      expect(await loadSettings({ EVENTBATON_SINKS: text }, usual)).toMatchObject({
        settings: { sinks: [{ type: 'stdout' }] },
      });
    expect(await loadSettings({}, usual)).toMatchObject({ settings: { sinks: [{ type: 'file' }] } });
  });

  test.each([
    ['- type: hunter2', 'EVENTBATON_SINKS.0.type: must be a sink'],
    ['hunter2', 'EVENTBATON_SINKS: must be a list'],
    ['- type: stdout\n  hunter2\n', 'EVENTBATON_SINKS: line 2: '],
    ['- type: stdout\n- {type: "hunter2}', 'EVENTBATON_SINKS: line 2: '],
  ])('such as %j is refused by its place', async (text, problem) => {
    const result = await loadSettings({ EVENTBATON_SINKS: text }, []);
    expect(result).toHaveProperty('problems', [expect.stringContaining(problem)]);
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test('of nothing but a comment is unset', async () => {
    expect(await loadSettings({ EVENTBATON_SINKS: '# later' }, [])).toMatchObject({ settings: defaultSettings });
  });
});
