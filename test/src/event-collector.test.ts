import { App, Chart, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { EventCollector, type EventCollectorProps } from '../../src/index.ts';
import { manifestOf, manifests } from './manifests.ts';

const place = ({ kind, metadata }: { kind: string; metadata: { name: string; namespace?: string } }) =>
  [kind, metadata.namespace, metadata.name] as const;

describe('the objects of an EventCollector', () => {
  test('come in an order in which they can be applied: rights and token before the pods that need them', () => {
    const kinds = manifests().map(({ kind }) => kind);
    expect([...kinds].sort()).toEqual([
      'ClusterRole',
      'ClusterRoleBinding',
      'ConfigMap',
      'DaemonSet',
      'Role',
      'RoleBinding',
      'ServiceAccount',
    ]);
    expect(kinds.at(-1)).toBe('DaemonSet');
    expect(manifests({ watchNamespace: 'team-a' }).at(-1)?.kind).toBe('DaemonSet');
  });

  test('have fixed names, and a namespace unless they are cluster-scoped: then the name carries it', () => {
    expect(new Set(manifests({ namespace: 'monitoring', name: 'events' }).map(place))).toEqual(
      new Set([
        ['ServiceAccount', 'monitoring', 'events'],
        ['ClusterRole', undefined, 'monitoring.events'],
        ['ClusterRoleBinding', undefined, 'monitoring.events'],
        ['Role', 'monitoring', 'events'],
        ['RoleBinding', 'monitoring', 'events'],
        ['ConfigMap', 'monitoring', 'datadogtoken'],
        ['DaemonSet', 'monitoring', 'events'],
      ]),
    );
  });

  test('stay the same wherever in an app the construct stands', () => {
    const app = new App();
    const chart = new Chart(app, 'other-chart', { disableResourceNameHashes: false });
    new EventCollector(new Construct(chart, 'deep'), 'elsewhere');
    expect(chart.toJson()).toEqual(manifests());
  });

  test('are in the namespace of the chart, unless the props name one', () => {
    const inChart = (props: EventCollectorProps) => {
      const chart = new Chart(new App(), 'chart', { namespace: 'monitoring' });
      new EventCollector(chart, 'collector', props);
      return chart.toJson();
    };
    expect(inChart({})).toEqual(manifests({ namespace: 'monitoring' }));
    expect(inChart({ namespace: 'events' })).toEqual(manifests({ namespace: 'events' }));
  });

  test('bind every role to the one service account, by name and namespace', () => {
    const bindings = manifests({ namespace: 'monitoring', watchNamespace: 'team-a' }).filter(({ roleRef }) => roleRef);
    expect(bindings).toHaveLength(3);
    for (const { subjects } of bindings) {
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'eventbaton', namespace: 'monitoring' }]);
    }
    expect(
      bindings.map(({ kind, metadata, roleRef }) => [kind, metadata.namespace, roleRef?.kind, roleRef?.name]),
    ).toEqual(
      expect.arrayContaining([
        ['ClusterRoleBinding', undefined, 'ClusterRole', 'monitoring.eventbaton'],
        ['RoleBinding', 'monitoring', 'Role', 'eventbaton'],
        ['RoleBinding', 'team-a', 'Role', 'monitoring.eventbaton.events'],
      ]),
    );
  });

  test('can all be reached and patched, the DaemonSet in fields that cdk8s-plus does not know', () => {
    const chart = new Chart(new App(), 'chart');
    const collector = new EventCollector(chart, 'collector');
    collector.workloads[0]?.addJsonPatch(JsonPatch.add('/spec/template/spec/hostUsers', false));
    collector.role?.metadata.addAnnotation('team', 'a');
    const rendered = chart.toJson() as ReturnType<typeof manifests>;
    expect(rendered.find(({ kind }) => kind === 'DaemonSet')).toHaveProperty('spec.template.spec.hostUsers', false);
    expect(rendered.find(({ kind }) => kind === 'Role')).toHaveProperty('metadata.annotations.team', 'a');
  });
});

describe('the token ConfigMap', () => {
  test('is rendered without data, so that no tool that applies it sets the token back', () => {
    const configMap = manifestOf('ConfigMap');
    for (const field of ['data', 'binaryData']) expect(configMap).not.toHaveProperty(field);
    expect(configMap).toHaveProperty('immutable', false);
  });

  test('is left to the collectors on request', () => {
    expect(manifests({ tokenConfigMap: { create: false } }).map(({ kind }) => kind)).not.toContain('ConfigMap');
  });

  test('stands with lock and rights in the namespace where the collectors look for them', () => {
    const elsewhere = manifests({ settings: { kubeResourcesNamespace: 'default', tokenName: 'mine' } });
    expect(elsewhere.filter(({ metadata }) => metadata.namespace === 'default').map(place)).toEqual(
      expect.arrayContaining([
        ['Role', 'default', 'eventbaton.eventbaton'],
        ['RoleBinding', 'default', 'eventbaton.eventbaton'],
        ['ConfigMap', 'default', 'mine'],
      ]),
    );
    expect(
      elsewhere
        .filter(({ metadata }) => metadata.namespace === 'eventbaton')
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['DaemonSet', 'ServiceAccount']);
  });
});
