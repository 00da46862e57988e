import { fc, runs } from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { type Environment, readSettings } from '../../../runtime/src/contract/read-settings.ts';
import {
  defaultSettings,
  type SettingName,
  type Settings,
  settingMeta,
  settingNames,
} from '../../../runtime/src/contract/settings.ts';

const switchedOn = { DD_COLLECT_KUBERNETES_EVENTS: 'true' };

function settingsFrom(environment: Environment): Settings {
  const result = readSettings(environment);
  if ('problems' in result) throw new Error(result.problems.join('\n'));
  return result.settings;
}

function problemsOf(environment: Environment): readonly string[] {
  const result = readSettings(environment);
  return 'problems' in result ? result.problems : [];
}

function warningsOf(environment: Environment): readonly string[] {
  const result = readSettings({ ...switchedOn, ...environment });
  return 'problems' in result ? result.problems : result.warnings;
}

describe('an empty environment', () => {
  test("gives the Agent's defaults: collection off, election off, a lease of 60 s on datadog-leader-election, token in datadogtoken", () => {
    expect(settingsFrom({})).toEqual(defaultSettings);
    expect(defaultSettings).toMatchObject({
      collectKubernetesEvents: false,
      leaderElection: false,
      leaderLeaseDuration: 60,
      leaderLeaseName: 'datadog-leader-election',
      leaderElectionDefaultResource: 'lease',
      tokenName: 'datadogtoken',
      healthPort: 5555,
    });
  });

  test('writes one JSON line per record to stdout, a required sink', () => {
    expect(defaultSettings.sinks).toEqual([
      {
        type: 'stdout',
        name: 'stdout',
        required: true,
        batch: { records: 500, bytes: 1_048_576 },
        retry: { initial: 0.5, maximum: 30 },
      },
    ]);
  });

  test('is warned about, with the variable that switches collection on', () => {
    const result = readSettings({});
    expect(result).toHaveProperty('warnings', [expect.stringContaining('DD_COLLECT_KUBERNETES_EVENTS=true')]);
    expect(warningsOf({})).toEqual([]);
  });

  test('is no different from one in which every variable is empty', () => {
    const empty = Object.fromEntries(settingNames.map((name) => [settingMeta(name).env, '']));
    expect(settingsFrom(empty)).toEqual(defaultSettings);
  });
});

test.each<readonly [string, string, SettingName, unknown]>([
  ['DD_COLLECT_KUBERNETES_EVENTS', 'yes', 'collectKubernetesEvents', true],
  ['DD_COLLECT_KUBERNETES_EVENTS', 'No', 'collectKubernetesEvents', false],
  ['DD_LEADER_ELECTION', 'TRUE', 'leaderElection', true],
  ['DD_LEADER_ELECTION', '1', 'leaderElection', true],
  ['DD_LEADER_ELECTION', '0', 'leaderElection', false],
  ['DD_LEADER_ELECTION', 'On', 'leaderElection', true],
  ['DD_LEADER_ELECTION', 'off', 'leaderElection', false],
  ['DD_LEADER_LEASE_DURATION', '90', 'leaderLeaseDuration', 90],
  ['DD_LEADER_LEASE_DURATION', ' 0.5 ', 'leaderLeaseDuration', 0.5],
  ['DD_LEADER_LEASE_NAME', 'my.lock-1', 'leaderLeaseName', 'my.lock-1'],
  ['DD_LEADER_ELECTION_DEFAULT_RESOURCE', 'leases', 'leaderElectionDefaultResource', 'leases'],
  ['DD_CLUSTER_AGENT_TOKEN_NAME', 'mytoken', 'tokenName', 'mytoken'],
  ['DD_KUBE_RESOURCES_NAMESPACE', 'monitoring', 'kubeResourcesNamespace', 'monitoring'],
  ['DD_KUBERNETES_KUBECONFIG_PATH', '/home/me/.kube/config', 'kubeconfigPath', '/home/me/.kube/config'],
  ['DD_CLUSTER_NAME', 'prod west', 'clusterName', 'prod west'],
  ['DD_HEALTH_PORT', '0', 'healthPort', 0],
  ['DD_POD_NAME', 'eventbaton-x7k2p', 'podName', 'eventbaton-x7k2p'],
  ['EVENTBATON_POD_UID', '0a1b2c3d-1111-2222-3333-444455556666', 'podUid', '0a1b2c3d-1111-2222-3333-444455556666'],
  ['EVENTBATON_NODE_NAME', 'ip-10-0-0-1.ec2.internal', 'nodeName', 'ip-10-0-0-1.ec2.internal'],
  ['EVENTBATON_POD_NAMESPACE', 'default', 'podNamespace', 'default'],
  ['EVENTBATON_SERVICE_ACCOUNT_DIR', '/tmp/sa', 'serviceAccountDir', '/tmp/sa'],
  ['EVENTBATON_EVENT_TTL', '7200', 'eventTtl', 7_200],
  ['EVENTBATON_START_FROM', 'now', 'startFrom', 'now'],
  ['EVENTBATON_CHECKPOINT_INTERVAL', '1', 'checkpointInterval', 1],
  ['EVENTBATON_DRAIN_TIMEOUT', '2.5', 'drainTimeout', 2.5],
  ['EVENTBATON_NAMESPACE', 'team-a', 'namespace', 'team-a'],
  ['EVENTBATON_WINDOW_BYTES', '65536', 'windowBytes', 65_536],
  ['EVENTBATON_LOG_LEVEL', 'debug', 'logLevel', 'debug'],
])('%s=%s sets %s to %s', (variable, text, name, value) => {
  expect(settingsFrom({ [variable]: text })).toEqual({ ...defaultSettings, [name]: value });
});

test.each([
  ['DD_COLLECT_KUBERNETES_EVENTS', 'maybe', 'must be true or false'],
  ['DD_LEADER_LEASE_DURATION', '60s', 'must be a number of seconds above 0'],
  ['DD_LEADER_LEASE_DURATION', '0', 'must be a number of seconds above 0'],
  ['DD_LEADER_LEASE_DURATION', '-5', 'must be a number of seconds above 0'],
  ['DD_LEADER_LEASE_DURATION', 'NaN', 'must be a number of seconds above 0'],
  ['DD_LEADER_LEASE_DURATION', '9'.repeat(400), 'at most 1000000'],
  ['DD_LEADER_LEASE_DURATION', '1000001', 'at most 1000000'],
  ['DD_LEADER_LEASE_NAME', '../../secrets/x', 'must be the name of a Kubernetes object'],
  ['DD_LEADER_ELECTION_DEFAULT_RESOURCE', 'secret', 'must be lease, configmap or endpoints'],
  ['DD_KUBE_RESOURCES_NAMESPACE', 'a.b', 'must be the name of a namespace'],
  ['EVENTBATON_NAMESPACE', 'Team', 'must be the name of a namespace'],
  ['EVENTBATON_NAMESPACE', 'team1-a,team1-b', 'a quiet namespace would hold back; run one release or'],
  ['EVENTBATON_NAMESPACE', 'team1-a team1-b', 'must be one namespace'],
  ['EVENTBATON_NAMESPACE', '["team1-a"]', 'must be one namespace'],
  ['EVENTBATON_NAMESPACE', '- team1-a\n- team1-b\n', 'must be one namespace'],
  ['EVENTBATON_NAMESPACE', 'team1-*', 'must be one namespace'],
  ['DD_HEALTH_PORT', '65536', 'must be a whole number from 0 to 65535'],
  ['DD_HEALTH_PORT', '80.5', 'must be a whole number from 0 to 65535'],
  ['DD_POD_NAME', 'a\r\nb', 'must be the name of a Kubernetes object'],
  ['EVENTBATON_START_FROM', 'beginning', 'must be all or now'],
  ['EVENTBATON_WINDOW_BYTES', '8Mi', 'must be a whole number from 65536'],
  ['EVENTBATON_WINDOW_BYTES', '1024', 'must be a whole number from 65536'],
  ['EVENTBATON_LOG_LEVEL', 'loud', 'must be error, warn, info or debug'],
  ['EVENTBATON_SINKS', 'stdout', 'must be a list of at least one sink'],
])('%s=%s is refused with what it must be', (variable, text, reason) => {
  expect(problemsOf({ [variable]: text })).toEqual([expect.stringContaining(`${variable}: `)]);
  expect(problemsOf({ [variable]: text })[0]).toContain(reason);
});

describe('a variable of ours that does not exist', () => {
  test('is refused, with the one that was probably meant', () => {
    expect(problemsOf({ EVENTBATON_CHECKPOINT_INTERVALL: '5' })).toEqual([
      'EVENTBATON_CHECKPOINT_INTERVALL: there is no such setting; did you mean EVENTBATON_CHECKPOINT_INTERVAL?',
    ]);
    expect(problemsOf({ EVENTBATON_QUITE_SOMETHING_ELSE: '5' })).toEqual([
      'EVENTBATON_QUITE_SOMETHING_ELSE: there is no such setting',
    ]);
  });

  test("is not refused where Kubernetes put it there for a Service, nor where it is the Agent's", () => {
    const links = {
      EVENTBATON_SERVICE_HOST: '10.0.0.1',
      EVENTBATON_SERVICE_PORT: '5555',
      EVENTBATON_SERVICE_PORT_METRICS: '5555',
      EVENTBATON_PORT: 'tcp://10.0.0.1:5555',
      EVENTBATON_PORT_5555_TCP: 'tcp://10.0.0.1:5555',
      EVENTBATON_PORT_5555_TCP_ADDR: '10.0.0.1',
      EVENTBATON_METRICS_SERVICE_HOST: '10.0.0.2',
      DD_SITE: 'datadoghq.eu',
    };
    expect(settingsFrom(links)).toEqual(defaultSettings);
    expect(problemsOf({ EVENTBATON_PORT: '5555' })).toHaveLength(1);
  });
});

const variable = fc.constantFrom(...settingNames.map((name) => settingMeta(name).env));

describe('whatever the environment holds', () => {
  test('reading never throws, and gives settings or at least one problem', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.double().map(String),
      fc.constantFrom('true', ''),
    );
    const name = fc.oneof(
      variable,
      fc.string().map((rest) => `EVENTBATON_${rest}`),
      fc.constant('__proto__'),
    );
    fc.assert(
      fc.property(fc.dictionary(name, text), (environment) => {
        const result = readSettings(environment);
        if ('problems' in result) expect(result.problems.length).toBeGreaterThan(0);
        else expect(Object.keys(result.settings).sort()).toEqual([...settingNames].sort());
      }),
      { numRuns: runs(500) },
    );
  });

  test('all problems are named at once, each with its own variable', () => {
    const wrong = new Map([
      ['DD_LEADER_ELECTION', 'perhaps'],
      ['DD_LEADER_LEASE_DURATION', 'long'],
      ['DD_LEADER_LEASE_NAME', 'No Name'],
      ['DD_HEALTH_PORT', 'http'],
      ['EVENTBATON_EVENT_TTL', '-1'],
      ['EVENTBATON_START_FROM', 'here'],
      ['EVENTBATON_SINKS', '[{"type":"pigeon"}]'],
      ['EVENTBATON_NAME_SPACE', 'x'],
    ]);
    fc.assert(
      fc.property(fc.subarray([...wrong], { minLength: 1 }), (chosen) => {
        const problems = problemsOf({ ...switchedOn, ...Object.fromEntries(chosen) });
        expect(problems).toHaveLength(chosen.length);
        for (const [name] of chosen) expect(problems).toContainEqual(expect.stringContaining(name));
      }),
    );
  });

  test('no value shows in a problem', () => {
    const secret = 'hunter2-0xC0FFEE';
    const sinks = [
      secret,
      JSON.stringify([secret]),
      JSON.stringify([{ type: secret }]),
      JSON.stringify([{ type: 'file', path: secret, name: secret, required: secret, batch: secret, retry: secret }]),
    ];
    const environments = [
      ...settingNames.map((name) => ({ [settingMeta(name).env]: secret })),
      ...sinks.map((text) => ({ EVENTBATON_SINKS: text })),
      { EVENTBATON_SOMETHING: secret },
    ];
    for (const environment of environments) expect(problemsOf(environment).join('\n')).not.toContain('hunter2');
  });
});
