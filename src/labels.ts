import type { ApiObjectMetadata } from 'cdk8s';
import type { CollectorModel, PoolModel } from './collector-model.ts';
import type { Entries } from './entries.ts';
import { entries, merged, named } from './symbolic/combine.ts';
import { asText, type Val } from './symbolic/expression.ts';

const poolLabel = 'eventbaton.io/pool';

/** Labels that the product sets by itself: nobody else can. */
export const ownLabels = [
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/version',
  'app.kubernetes.io/component',
  'app.kubernetes.io/managed-by',
  'helm.sh/chart',
  poolLabel,
] as const;

/** What selects the pods of a whole set of collectors. It never changes: a workload's selector is immutable. */
export function selectorLabels({ identity }: CollectorModel): Entries {
  return named('selectorLabels', {
    'app.kubernetes.io/name': identity.product,
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
    'app.kubernetes.io/component': component,
    ...entries(merged(model.pod.labels, model.labels)),
  };
}

interface MetadataOptions {
  readonly name: Val<string>;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: Val<string>;
  readonly labels?: Val<Entries>;
  readonly annotations?: Val<Entries>;
}

export function metadata(
  model: CollectorModel,
  { name, namespace, labels, annotations }: MetadataOptions,
): ApiObjectMetadata {
  const { product: _, instance: __, ...identity } = model.identity;
  return {
    name: asText(name),
    ...(namespace === undefined ? {} : { namespace: asText(namespace) }),
    labels: textMap({
      ...named('labels', {
        ...(identity.chart === undefined ? {} : { 'helm.sh/chart': identity.chart }),
        ...selectorLabels(model),
        'app.kubernetes.io/version': identity.version,
        'app.kubernetes.io/component': component,
        ...(identity.managedBy === undefined ? {} : { 'app.kubernetes.io/managed-by': identity.managedBy }),
      }),
      ...entries(merged(labels, model.labels)),
    }),
    annotations: textMap(entries(merged(annotations, model.annotations))),
  };
}

const component = 'collector';

function textMap(map: Entries): { [key: string]: string } {
  return map as { [key: string]: string };
}
