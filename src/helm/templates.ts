import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import { oneNamespaceOnly, severalNamespaces } from '../../runtime/src/contract/watched-namespace.ts';
import { createObjects } from '../objects.ts';
import { conditionOf } from '../symbolic/child.ts';
import type { Entries } from '../entries.ts';
import { symbolicValues, valueDefaults } from '../values/values.ts';
import { Emitter, type Wrappers, wrappers } from './emitter.ts';
import { createHelmTest } from './helm-test.ts';
import { MarkingResolver } from './marking-resolver.ts';
import { modelOfValues } from './model-of-values.ts';
import { chartName, symbolicRelease } from './release.ts';

/** One file for each concern, as people look for them. */
const fileOf: Readonly<Record<string, string>> = {
  ServiceAccount: 'serviceaccount.yaml',
  ClusterRole: 'rbac.yaml',
  ClusterRoleBinding: 'rbac.yaml',
  Role: 'rbac.yaml',
  RoleBinding: 'rbac.yaml',
  WatchedRole: 'rbac.yaml',
  WatchedRoleBinding: 'rbac.yaml',
  TokenConfigMap: 'token-configmap.yaml',
  SettingsConfigMap: 'settings-configmap.yaml',
  NetworkPolicy: 'networkpolicy.yaml',
  PodDisruptionBudget: 'poddisruptionbudget.yaml',
  PodMonitor: 'podmonitor.yaml',
  DaemonSet: 'daemonset.yaml',
  Deployment: 'deployment.yaml',
  TestServiceAccount: 'tests/status.yaml',
  TestRole: 'tests/status.yaml',
  TestRoleBinding: 'tests/status.yaml',
  TestNetworkPolicy: 'tests/status.yaml',
  TestPod: 'tests/status.yaml',
};

/** First line of every file that is rendered. */
const readValues = '{{- include "eventbaton.readValues" . -}}\n';

/** Shared by the two kinds of workload. */
const podTemplateName = `${chartName}.pod`;

/** Templates by their path in the chart. @param wrap for tests */
export function templates(wrap: Wrappers = wrappers): ReadonlyMap<string, string> {
  const resolver = new MarkingResolver();
  const emitter = new Emitter(resolver.marked, chartName, wrap);
  const files = new Map<string, string>();
  for (const object of symbolicObjects(resolver)) {
    const id = object.node.id === 'Resource' ? (object.node.scope?.node.id ?? '') : object.node.id;
    const file = fileOf[id];
    if (file === undefined) throw new Error(`nothing says in which file of the chart ${id} belongs`);
    const path = `templates/${file}`;
    const manifest = inReadingOrder(unsorted(() => object.toJson()));
    const before = files.get(path);
    files.set(path, `${before ?? readValues}${emitter.object(manifest, conditionOf(object), before !== undefined)}`);
  }
  const defined = (name: string, lines: readonly string[]) =>
    `{{- define ${JSON.stringify(name)} -}}\n${lines.join('\n')}\n{{- end }}\n`;
  const helpers = [...emitter.named].filter(([name]) => name !== podTemplateName);
  files.set('templates/_helpers.tpl', [source('helpers.tpl'), ...helpers.map((one) => defined(...one))].join('\n'));
  files.set('templates/_pod.tpl', defined(podTemplateName, emitter.named.get(podTemplateName) ?? []));
  const known = {
    defaultValues: defaultLines(),
    severalNamespaces: [severalNamespaces.source],
    oneNamespaceOnly: [oneNamespaceOnly],
  };
  const parts = Object.entries(known).map(([name, lines]) => defined(`${chartName}.${name}`, lines));
  files.set('templates/_known.tpl', parts.join('\n'));
  files.set('templates/extra-objects.yaml', `${readValues}${source('extra-objects.yaml')}`);
  files.set('templates/NOTES.txt', `${readValues}${source('notes.txt')}`);
  return files;
}

/** Each value with its default, by its path, as YAML. */
function defaultLines(): readonly string[] {
  return Array.from(valueDefaults(), ([path, value]) => `${path}: ${JSON.stringify(value)}`);
}

/** In the order in which the constructs write it, which is that of people. */
function unsorted<T>(make: () => T): T {
  const before = process.env[sortSwitch];
  process.env[sortSwitch] = '1';
  try {
    return make();
  } finally {
    if (before === undefined) delete process.env[sortSwitch];
    else process.env[sortSwitch] = before;
  }
}

/** Of cdk8s. */
const sortSwitch = 'CDK8S_DISABLE_SORT';

/** cdk8s sorts metadata all the same; a person looks for the name first. */
function inReadingOrder({ metadata, ...others }: { readonly metadata: Entries }): object {
  const { apiVersion, kind, ...rest } = others as Entries;
  const { name, namespace, labels, ...more } = metadata;
  const ordered = { name, ...(namespace === undefined ? {} : { namespace }), labels, ...more };
  return { apiVersion, kind, metadata: ordered, ...rest };
}

/** As the constructs make them, in the order of their keys: a chart is read by people. */
function symbolicObjects(resolver: MarkingResolver): readonly ApiObject[] {
  const chart = new Chart(new App({ resolvers: [resolver] }), chartName, { disableResourceNameHashes: true });
  const model = modelOfValues(symbolicValues(), symbolicRelease);
  createObjects(chart, model, {
    podTemplate: (template) => template,
    createWorkload: (id, manifest) => new ApiObject(chart, id, manifest),
  });
  createHelmTest(chart, model);
  return chart.node.findAll().filter((one) => ApiObject.isApiObject(one));
}

function source(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8');
}
