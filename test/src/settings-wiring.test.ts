import { fc, runs } from '../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../../runtime/src/contract/read-settings.ts';
import { defaultSettings } from '../../runtime/src/contract/settings.ts';
import type { CollectorSettings, EventCollectorProps } from '../../src/index.ts';
import { writtenTextProblems } from '../../src/written-text.ts';
import { daemonSet, type Variable } from './manifests.ts';

const variablesOf = (props: EventCollectorProps): readonly Variable[] =>
  daemonSet(props).spec.template.spec.containers[0].env;

/** What the collector in such a pod would run with, after the kubelet's way with dollars; the downward API's part is missing. */
function settingsRead(props: EventCollectorProps) {
  return readSettings(
    Object.fromEntries(variablesOf(props).map(({ name, value }) => [name, value?.replaceAll('$$', () => '$')])),
  );
}

const switchedOn = {
  ...defaultSettings,
  collectKubernetesEvents: true,
  leaderElection: true,
};

const seconds = fc
  .double({ min: 0.001, max: 1_000_000, noNaN: true })
  .map((value) => Math.round(value * 1_000) / 1_000);
/** Others are refused. */
const isWritable = (text: string) => writtenTextProblems('', text).length === 0;
const word = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/).filter(isWritable);

const chosen: fc.Arbitrary<CollectorSettings> = fc.record(
  {
    leaderLeaseDuration: seconds,
    leaderElectionDefaultResource: fc.constantFrom('lease' as const, 'configmap' as const, 'endpoints' as const),
    leaderLeaseName: word.map((name) => `${name}-lock`),
    tokenName: word.map((name) => `${name}-token`),
    kubeResourcesNamespace: word,
    clusterName: fc.string({ minLength: 1 }).filter(isWritable),
    healthPort: fc.integer({ min: 1, max: 65_535 }),
    startFrom: fc.constantFrom('all' as const, 'now' as const),
    eventTtl: seconds,
    checkpointInterval: seconds,
    drainTimeout: seconds,
    windowBytes: fc.integer({ min: 65_536, max: 1_073_741_824 }),
    logLevel: fc.constantFrom('error' as const, 'warn' as const, 'info' as const, 'debug' as const),
  },
  { requiredKeys: [] },
);

describe('the settings of a construct', () => {
  test('are read by the collector as they were chosen, and everything else keeps its default', () => {
    fc.assert(
      fc.property(chosen, (settings) => {
        expect(settingsRead({ settings })).toMatchObject({ settings: { ...switchedOn, ...settings } });
      }),
      { numRuns: runs(50) },
    );
  });

  test('carry sinks verbatim', () => {
    const sinks = [
      { type: 'stdout', required: false },
      { type: 'file', path: '/events/$(x) "y".jsonl' },
    ] as const;
    const [stdout] = defaultSettings.sinks;
    expect(settingsRead({ settings: { sinks } })).toMatchObject({
      settings: {
        sinks: [
          { ...stdout, required: false },
          { ...stdout, ...sinks[1], name: 'file' },
        ],
      },
    });
  });

  test('carry an http sink with the places of its secrets, never a secret', () => {
    const sink = {
      type: 'http',
      url: 'https://sink.example/in',
      headers: { Authorization: { file: '/secrets/token', prefix: 'Bearer ' }, 'X-Tenant': 'shop' },
      format: 'ndjson',
      gzip: true,
      ca: { file: '/secrets/ca.crt' },
      timeout: 5,
    } as const;
    expect(settingsRead({ settings: { sinks: [sink] } })).toMatchObject({ settings: { sinks: [sink] } });
    const secret = { ...sink, headers: { Authorization: 'Bearer s3cret' } };
    expect(() => variablesOf({ settings: { sinks: [secret] } })).toThrow(/a secret is never written/);
  });

  test('are never taken for a reference to another variable', () => {
    expect(variablesOf({ settings: { clusterName: 'a$(DD_POD_NAME)$$b' } })).toContainEqual({
      name: 'DD_CLUSTER_NAME',
      value: 'a$$(DD_POD_NAME)$$$$b',
    });
  });

  test('switch collection and election on, and set the kind of lock even where it is the default', () => {
    expect(variablesOf({})).toEqual(
      expect.arrayContaining([
        { name: 'DD_COLLECT_KUBERNETES_EVENTS', value: 'true' },
        { name: 'DD_LEADER_ELECTION', value: 'true' },
        { name: 'DD_LEADER_ELECTION_DEFAULT_RESOURCE', value: 'lease' },
      ]),
    );
    expect(settingsRead({ watchNamespace: 'team-a' })).toMatchObject({
      settings: { ...switchedOn, namespace: 'team-a' },
    });
  });

  test('that collectors would refuse are refused at synthesis, all at once', () => {
    const settings = { leaderLeaseDuration: 0, tokenName: 'My Token' };
    expect(() => variablesOf({ settings })).toThrow(
      /cannot be made:\n.*DD_LEADER_LEASE_DURATION.*\n.*DD_CLUSTER_AGENT_TOKEN_NAME/,
    );
    expect(() => variablesOf({ settings: { healthPort: 0 } })).toThrow(/healthPort/);
    const one = { leaderElectionDefaultResource: 'configmap', leaderLeaseName: 'a', tokenName: 'a' } as const;
    expect(() => variablesOf({ settings: one })).toThrow(/DD_LEADER_LEASE_NAME: must differ/);
    expect(() => variablesOf({ watchNamespace: 'a.b' })).toThrow(/EVENTBATON_NAMESPACE/);
  });
});

test('a variable of extraEnv replaces one that is wired, and stands with its others behind them', () => {
  const extraEnv = [
    { name: 'DD_POD_NAME', value: 'mine' },
    { name: 'TZ', value: '$(DD_POD_NAME)' },
  ];
  expect(variablesOf({ extraEnv })).toEqual([
    ...variablesOf({}).filter(({ name }) => name !== 'DD_POD_NAME'),
    ...extraEnv,
  ]);
});

test('what a pod knows of itself comes from the downward API', () => {
  const fields = variablesOf({}).flatMap(({ name, valueFrom }) =>
    valueFrom ? [[name, valueFrom.fieldRef.fieldPath]] : [],
  );
  expect(fields).toEqual([
    ['DD_KUBE_RESOURCES_NAMESPACE', 'metadata.namespace'],
    ['DD_POD_NAME', 'metadata.name'],
    ['EVENTBATON_POD_UID', 'metadata.uid'],
    ['EVENTBATON_NODE_NAME', 'spec.nodeName'],
    ['EVENTBATON_POD_NAMESPACE', 'metadata.namespace'],
  ]);
});

test('no part of a pod has its namespace written out, so that whoever moves the manifests moves lock and token as well', () => {
  const pod = (props: EventCollectorProps) => JSON.stringify(daemonSet(props).spec.template);
  expect(pod({ namespace: 'somewhere' })).not.toContain('somewhere');
  const said = { kubeResourcesNamespace: 'somewhere' };
  expect(pod({ namespace: 'somewhere', settings: said })).not.toContain('somewhere');
  expect(variablesOf({ settings: said })).toContainEqual({ name: 'DD_KUBE_RESOURCES_NAMESPACE', value: 'somewhere' });
});
