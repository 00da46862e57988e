import { describe, expect, test } from 'vitest';
import type { SettingsSource } from '../../../runtime/src/contract/given-settings.ts';
import { fileKindOf, fileSource } from '../../../runtime/src/settings/file-source.ts';
import { readYaml } from '../../../runtime/src/settings/read-yaml.ts';

const ownPath = '/etc/eventbaton/eventbaton.yaml';
const agentPath = '/etc/datadog-agent/datadog.yaml';

function sourceOf(path: string, text: string): SettingsSource {
  const result = readYaml(text);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return fileSource(path, result.root);
}

const own = (text: string) => sourceOf(ownPath, text);
const agents = (text: string) => sourceOf(agentPath, text);

const valuesOf = ({ given }: SettingsSource) =>
  Object.fromEntries(Array.from(given, ([name, { value }]) => [name, value]));

test("whose settings a file holds is told by its name alone: datadog.yaml is the Agent's", () => {
  expect(
    [ownPath, '/x/my-datadog.yaml', 'settings.yaml', agentPath, '/x/datadog.yaml', 'datadog.yaml'].map(fileKindOf),
  ).toEqual(['own', 'own', 'own', 'agent', 'agent', 'agent']);
});

describe('a file of our own', () => {
  test('gives what it sets, and nothing else', () => {
    const source = own('event_ttl: 7200\ncluster_agent:\n  token_name: mine\nsinks:\n  - {type: stdout}\n');
    expect(valuesOf(source)).toEqual({ eventTtl: 7_200, tokenName: 'mine', sinks: [{ type: 'stdout' }] });
    expect([source.problems, source.warnings]).toEqual([[], []]);
  });

  test.each([
    ['collect_kubernetes_events: yes', { collectKubernetesEvents: true }],
    ['collect_kubernetes_events: On', { collectKubernetesEvents: true }],
    ['collect_kubernetes_events: "true"', { collectKubernetesEvents: true }],
    ['collect_kubernetes_events: off', { collectKubernetesEvents: false }],
    ['leader_lease_duration: "60"', { leaderLeaseDuration: 60 }],
    ['leader_lease_duration: 0.5', { leaderLeaseDuration: 0.5 }],
    ['cluster_name: 0x10', { clusterName: '0x10' }],
    ['cluster_name: on', { clusterName: 'on' }],
    ['cluster_name: 12:30', { clusterName: '12:30' }],
    ['cluster_agent.token_name: mine', { tokenName: 'mine' }],
    ['cluster_name:', {}],
    ['cluster_name: ""', {}],
    ['cluster_name: ~', {}],
    ['cluster_agent:', {}],
    ['sinks:', {}],
    ['', {}],
    ['# nothing', {}],
  ])('that says %j gives %j', (text, values) => {
    const source = own(text);
    expect(valuesOf(source)).toEqual(values);
    expect(source.problems).toEqual([]);
  });

  test('names line and key of what it gives, and of each part of it', () => {
    const { given } = own('# sinks\nsinks:\n  - type: file\n    path: x\n');
    const place = given.get('sinks')?.place;
    expect(place?.()).toBe(`${ownPath}:2: sinks`);
    expect(place?.([0, 'path'])).toBe(`${ownPath}:4: sinks.0.path`);
  });

  test.each([
    ['leader_lease_duraton: 5', 'leader_lease_duraton', 'leader_lease_duration'],
    ['leaderLeaseDuration: 5', 'leaderLeaseDuration', 'leader_lease_duration'],
    ['token_name: x', 'token_name', 'cluster_agent.token_name'],
    ['cluster_agent: {tokenname: x}', 'cluster_agent.tokenname', 'cluster_agent.token_name'],
    ['EVENTBATON_EVENT_TTL: 5', 'EVENTBATON_EVENT_TTL', 'event_ttl'],
    ['DD_CLUSTER_AGENT_TOKEN_NAME: x', 'DD_CLUSTER_AGENT_TOKEN_NAME', 'cluster_agent.token_name'],
    ['Sinks: []', 'Sinks', 'sinks'],
  ])('that says %j is asked whether it meant another key', (text, key, meant) => {
    expect(own(text).problems).toEqual([`${ownPath}:1: ${key}: there is no such setting; did you mean ${meant}?`]);
  });

  test.each(['api_key: hunter2', 'something_quite_different: hunter2', 'pod_name: hunter2', '__proto__: hunter2'])(
    'that says %j is refused',
    (text) => {
      const { problems } = own(text);
      expect(problems).toEqual([expect.stringMatching(/:1: [a-z_]+: there is no such setting$/)]);
      expect(problems[0]).not.toContain('hunter2');
    },
  );

  test.each([
    ['- a\n- b\n', `${ownPath}:1: must be a mapping of settings`],
    ['hunter2', `${ownPath}:1: must be a mapping of settings`],
    ['cluster_agent: hunter2', `${ownPath}:1: cluster_agent: must be a mapping`],
    [
      'cluster_agent:\n  token_name: a\ncluster_agent.token_name: hunter2\n',
      `${ownPath}:3: cluster_agent.token_name: stands there twice`,
    ],
  ])('of another shape, such as %j, is refused', (text, problem) => {
    const { problems } = own(text);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems[0]).not.toContain('hunter2');
  });

  test('is refused by a key that is not shown to its end', () => {
    const { problems } = own(`${'k'.repeat(500)}: 1`);
    expect(problems[0]?.length).toBeLessThan(200);
  });
});

/** What people have in it, beside what is read here. */
const ordinary = `
api_key: hunter2
site: datadoghq.eu
dd_url: https://app.datadoghq.eu
hostname: node-1
tags: ["env:prod", "team:x"]
env: prod
log_level: 'off'
log_file: /var/log/datadog/agent.log
log_format_json: yes
check_runners: 4
expvar_port: 5000
cmd_port: 5001
GUI_port: 5002
bind_host: localhost
dogstatsd_port: 8125
dogstatsd_non_local_traffic: yes
apm_config: {enabled: on, receiver_port: 8126}
process_config: {process_collection: {enabled: true}}
logs_enabled: true
logs_config: {container_collect_all: true}
kubernetes_kubelet_host: 10.0.0.1
kubernetes_kubelet_nodename: node-1
kubernetes_http_kubelet_port: 10255
kubernetes_https_kubelet_port: 10250
kubernetes_apiserver_client_timeout: 10
kubernetes_apiserver_ca_path: /x
kubernetes_apiserver_tls_verify: true
kubernetes_apiserver_use_protobuf: false
kubernetes_collect_metadata_tags: true
kubernetes_metadata_tag_update_freq: 60
kubernetes_pod_labels_as_tags: {app: kube_app}
kubernetes_namespace_labels_as_tags: {}
kubernetes_events_source_detection: {enabled: false}
leader_election_release_on_shutdown: true
leader_lease_name_prefix:
cluster_checks: {enabled: true, cluster_tag_name: cluster_name}
clc_runner_enabled: true
cluster_agent:
  enabled: false
  auth_token: hunter2
  url: https://x
  cmd_port: 5005
  kubernetes_service_name: datadog-cluster-agent
  tagging_fallback: true
  serve_nozzle_data: false
external_metrics_provider: {enabled: false}
orchestrator_explorer: {enabled: true}
prometheus_scrape: {enabled: true}
container_include: []
ac_exclude: ["image:.*"]
proxy: {https: 'http://hunter2@proxy:3128', no_proxy: [a, b]}
listeners: [{name: kubelet}]
config_providers: [{name: kubelet, polling: true}]
secret_backend_command: /x
namespace_tags:
`;

describe("the Agent's file", () => {
  test('gives the settings that the Agent and we share; everything else in it is passed over without a word', () => {
    const source = agents(
      `${ordinary}collect_kubernetes_events: yes\nleader_lease_duration: "60"\nhealth_port: 5555\n`,
    );
    expect(valuesOf(source)).toEqual({
      collectKubernetesEvents: true,
      leaderLeaseDuration: 60,
      healthPort: 5_555,
      tags: ['env:prod', 'team:x'],
    });
    expect([source.problems, source.warnings]).toEqual([[], []]);
  });

  test('is read as the Agent reads it: capitals do not matter, dots nest, null is nothing', () => {
    const source = agents('Leader_Election: TRUE\nCluster_Agent.Token_Name: MyToken\ncluster_name:\n');
    expect(valuesOf(source)).toEqual({ leaderElection: true, tokenName: 'MyToken' });
  });

  test('is asked about keys that are nearly ours, for they are easily mistaken to work', () => {
    const { problems, warnings } = agents(
      'leader_lease_duraton: hunter2\nclustername: hunter2\ncluster_agent: {token_nam: hunter2}\n',
    );
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      `${agentPath}:1: leader_lease_duraton is passed over; did you mean leader_lease_duration?`,
      `${agentPath}:2: clustername is passed over; did you mean cluster_name?`,
      `${agentPath}:3: cluster_agent.token_nam is passed over; did you mean cluster_agent.token_name?`,
    ]);
  });

  test("does not set what is ours alone, and says so; the Agent's log_level is another one", () => {
    const source = agents('sinks: [{type: stdout}]\nnamespace: x\nlog_level: trace\n');
    expect(valuesOf(source)).toEqual({});
    expect(source.warnings).toEqual([
      expect.stringMatching(/^\/etc\/datadog-agent\/datadog\.yaml:1: sinks is not read from the Agent's file/),
      expect.stringContaining(':2: namespace is not read'),
    ]);
  });
});
