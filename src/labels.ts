import type { ApiObjectMetadata } from 'cdk8s';
import { productName } from '../runtime/src/contract/names.ts';
import type { CollectorModel, PoolModel } from './collector-model.ts';
import type { Entries } from './entries.ts';
import { entries, merged, named } from './symbolic/combine.ts';
import { asText, type Val } from './symbolic/expression.ts';

/** Of pods: tells them that the settings file has changed. */
export const checksumAnnotation = 'checksum/settings';

const poolLabel = 'eventbaton.io/pool';

/** Labels that the product sets by itself: nobody else can. */
export const ownLabels: readonly string[] = [
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'app.kubernetes.io/component',
  poolLabel,
];

/** Those of a release, too. */
export const releaseLabels: readonly string[] = [...ownLabels, 'app.kubernetes.io/managed-by', 'helm.sh/chart'];

/** What selects the pods of a whole set of collectors. It never changes: a workload's selector is immutable. */
export function selectorLabels({ identity }: CollectorModel): Entries {
  return named('selectorLabels', {
    'app.kubernetes.io/name': identity.product,
    'app.kubernetes.io/instance': identity.instance,
  });
}

/** Of what tests the collectors: nothing that selects them may select it. A DaemonSet would take its pod for one of its own, and delete it. */
export function testSelectorLabels({ identity }: CollectorModel): Entries {
  return named('testSelectorLabels', {
    'app.kubernetes.io/name': `${productName}-test`,
    'app.kubernetes.io/instance': identity.instance,
  });
}

export function poolSelectorLabels(model: CollectorModel, { name }: PoolModel): Entries {
  return { ...selectorLabels(model), ...(name === undefined ? {} : { [poolLabel]: name }) };
}

export function podLabels(model: CollectorModel, pool: PoolModel): Entries {
  return {
    ...poolSelectorLabels(model, pool),
    'app.kubernetes.io/version': model.identity.version,
    'app.kubernetes.io/component': 'collector',
    ...entries(merged(model.pod.labels, model.labels)),
  };
}

interface MetadataOptions {
  readonly name: Val<string>;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: Val<string>;
  readonly labels?: Val<Entries>;
  readonly annotations?: Val<Entries>;
  /** @default collector */
  readonly component?: Component;
}

type Component = 'collector' | 'test';

export function metadata(
  model: CollectorModel,
  { name, namespace, labels, annotations, component = 'collector' }: MetadataOptions,
): ApiObjectMetadata {
  return {
    name: asText(name),
    ...(namespace === undefined ? {} : { namespace: asText(namespace) }),
    labels: textMap({
      ...identityLabels(model, component),
      ...entries(merged(labels, model.labels)),
    }),
    annotations: textMap(entries(merged(annotations, model.annotations))),
  };
}

function identityLabels(model: CollectorModel, component: Component): Entries {
  const { chart, version, managedBy } = model.identity;
  const ofCollectors = component === 'collector';
  return named(ofCollectors ? 'labels' : 'testLabels', {
    ...(chart === undefined ? {} : { 'helm.sh/chart': chart }),
    ...(ofCollectors ? selectorLabels(model) : testSelectorLabels(model)),
    'app.kubernetes.io/version': version,
    'app.kubernetes.io/component': component,
    ...(managedBy === undefined ? {} : { 'app.kubernetes.io/managed-by': managedBy }),
  });
}

function textMap(map: Entries): { [key: string]: string } {
  return map as { [key: string]: string };
}
