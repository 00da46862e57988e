import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { collectorManifests, EventCollector, type EventCollectorProps, type Workload } from '../../src/index.ts';

const ofItsOwn = { leaderLeaseName: 'second-lock', tokenName: 'second-token' };

/** In two charts of one app. */
function both(first: EventCollectorProps, second: EventCollectorProps): readonly (readonly { kind: string }[])[] {
  const app = new App();
  return [first, second].map((props, index) => {
    const chart = new Chart(app, `chart-${index}`, { disableResourceNameHashes: true });
    new EventCollector(chart, 'collector', props);
    return chart.toJson();
  });
}

const paths = '"chart-1/collector" and "chart-0/collector" both want';

describe('of two sets of collectors in one app, the second is refused, with both paths,', () => {
  test.each([
    [
      'where both have one name',
      { settings: ofItsOwn },
      [`${paths} the name "eventbaton" in namespace "eventbaton": give one of them another name`],
    ],
    [
      'where both have one lock',
      { name: 'second', settings: { tokenName: 'second-token' } },
      [`${paths} the lock "datadog-leader-election" in namespace "eventbaton": give one of them a lock and a token`],
    ],
    [
      'where both have one token',
      { name: 'second', settings: { leaderLeaseName: 'second-lock' } },
      [`${paths} the token ConfigMap "datadogtoken" in namespace "eventbaton": give one of them a token of its own`],
    ],
    [
      'where both keep lock and token in a third namespace',
      { name: 'second', namespace: 'other', settings: { kubeResourcesNamespace: 'eventbaton' } },
      [`${paths} the lock "datadog-leader-election"`, `${paths} the token ConfigMap "datadogtoken"`],
    ],
    [
      'where one needs no token of the manifests',
      { name: 'second', settings: { leaderLeaseName: 'second-lock' }, tokenConfigMap: { create: false } },
      [`${paths} the token ConfigMap`],
    ],
  ] as const)('%s', (_, second, messages) => {
    for (const message of messages) expect(() => both({}, second)).toThrow(message);
    expect(messageOf(() => both({}, second)).split('\n')).toHaveLength(messages.length);
  });

  test.each([
    [
      'where the name of one is that of a pool of the other',
      { name: 'events', pools: [{ name: 'a' }] },
      { name: 'events-a', settings: ofItsOwn },
      'the DaemonSet "events-a" in namespace "eventbaton"',
      'another name',
    ],
    [
      'where both make one service account',
      { name: 'first', serviceAccount: { name: 'reader' } },
      { name: 'second', serviceAccount: { name: 'reader' }, settings: ofItsOwn },
      'the ServiceAccount "reader" in namespace "eventbaton"',
      'another name',
    ],
    [
      'where the lock of one is the token of the other',
      { name: 'first', settings: { leaderElectionDefaultResource: 'configmap', leaderLeaseName: 'shared' } },
      { name: 'second', settings: { ...ofItsOwn, tokenName: 'shared' } },
      'the token ConfigMap "shared" in namespace "eventbaton"',
      'a token of its own',
    ],
    [
      'where the settings of one are the token of the other',
      { name: 'first', settingsFile: { content: 'filters: []' } },
      { name: 'second', settings: { ...ofItsOwn, tokenName: 'first-settings' }, tokenConfigMap: { create: false } },
      'the token ConfigMap "first-settings" in namespace "eventbaton"',
      'a token of its own',
    ],
  ] as const)('%s', (_, first, second, object, remedy) => {
    expect(() => both(first, second)).toThrow(`${paths} ${object}: give one of them ${remedy}`);
  });

  function messageOf(act: () => unknown): string {
    try {
      act();
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  }
});

describe('two sets of collectors are fine', () => {
  test.each([
    ['with names, locks and tokens of their own', {}, { name: 'second', settings: ofItsOwn }],
    ['in namespaces of their own', {}, { namespace: 'other' }],
    ['where namespace and name are the same words', { namespace: 'a', name: 'b-c' }, { namespace: 'a-b', name: 'c' }],
    [
      'with one service account that is there already',
      { name: 'first', serviceAccount: { create: false, name: 'reader' } },
      { name: 'second', serviceAccount: { create: false, name: 'reader' }, settings: ofItsOwn },
    ],
    [
      'with lock and token in one namespace, under names of their own',
      { namespace: 'a', settings: { kubeResourcesNamespace: 'kept' } },
      { namespace: 'b', settings: { ...ofItsOwn, kubeResourcesNamespace: 'kept' } },
    ],
  ] as const)('%s: each is as it is alone', (_, first, second) => {
    expect(both(first, second)).toEqual([collectorManifests(first), collectorManifests(second)]);
  });

  test('in apps of their own, even if they are the same', () => {
    for (const app of [new App(), new App()]) {
      const chart = new Chart(app, 'eventbaton', { disableResourceNameHashes: true });
      new EventCollector(chart, 'collector');
      expect(chart.toJson()).toEqual(collectorManifests());
    }
  });
});

test('two sets that cdk8s would write into one file are refused, unless each has a folder', () => {
  const write = (yamlOutputType: YamlOutputType) => {
    const app = new App({ yamlOutputType });
    for (const namespace of ['a', 'b']) {
      new EventCollector(new Chart(app, namespace, { disableResourceNameHashes: true }), 'collector', { namespace });
    }
  };
  expect(() => write(YamlOutputType.FILE_PER_RESOURCE)).toThrow(
    '"b/collector" and "a/collector" both want the file "DaemonSet.eventbaton": give one of them another name (the token: settings.tokenName), or a chart of its own with',
  );
  write(YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE);
  write(YamlOutputType.FILE_PER_CHART);
});

test('a set that is gone, or was never made, holds nothing', () => {
  const chart = new Chart(new App(), 'chart');
  new EventCollector(chart, 'collector');
  chart.node.tryRemoveChild('collector');
  class Failing extends EventCollector {
    protected override podTemplate(): never {
      throw new Error('not today');
    }
  }
  expect(() => new Failing(chart, 'failing')).toThrow('not today');
  new EventCollector(chart, 'collector');
});

test('a workload that a subclass makes elsewhere counts as one of the set', () => {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  class Elsewhere extends EventCollector {
    protected override createWorkload(id: string, manifest: Workload): ApiObject {
      return new ApiObject(Chart.of(this), `${this.node.id}-${id}`, manifest);
    }
  }
  new Elsewhere(chart, 'first', { pools: [{ name: 'a' }] });
  expect(() => new Elsewhere(chart, 'second', { name: 'eventbaton-a', settings: ofItsOwn })).toThrow(
    'both want the DaemonSet "eventbaton-a" in namespace "eventbaton"',
  );
});

test('a set that was refused for its props holds no name', () => {
  const chart = new Chart(new App(), 'chart');
  expect(() => new EventCollector(chart, 'wrong', { image: '' })).toThrow('image');
  new EventCollector(chart, 'collector');
});

test('collectorManifests answers the same again', () => {
  expect(collectorManifests()).toEqual(collectorManifests());
});
