/** Several sets of collectors in one app: what each must have for itself. */
import { ApiObject, type App, Chart, YamlOutputType } from 'cdk8s';
import type { Construct } from 'constructs';
import type { CollectorModel } from './collector-model.ts';
import { asText } from './symbolic/expression.ts';

/** What only one construct can have. */
export interface Claim {
  readonly key: string;
  readonly what: string;
  readonly remedy: string;
}

interface Taken {
  readonly by: Construct;
  readonly keys: readonly string[];
}

/** By app. */
const taken = new WeakMap<Construct, Taken[]>();

/** Names, lock and token. Two sets on one lock would take turns with different settings; on one token they would pass each other's Events over. */
export function claimsOfModel({ name, namespace, kept, lock, tokenConfigMap }: CollectorModel): readonly Claim[] {
  const where = asText(kept.namespace);
  const [lockName, tokenName] = [asText(lock.name), asText(tokenConfigMap.name)];
  const ofLock = {
    what: `the lock "${lockName}" in namespace "${where}"`,
    remedy:
      'give one of them a lock and a token of its own (settings.leaderLeaseName, settings.tokenName), or make them pools of one',
  };
  return [
    {
      key: `${asText(namespace)}/${asText(name)}`,
      what: `the name "${asText(name)}" in namespace "${asText(namespace)}"`,
      remedy: 'give one of them another name; two clusters are two apps',
    },
    { key: `lock/${where}/${lockName}`, ...ofLock },
    ...(lock.kind === 'configmap' ? [{ key: objectKey('ConfigMap', where, lockName), ...ofLock }] : []),
    {
      key: objectKey('ConfigMap', where, tokenName),
      what: `the token ConfigMap "${tokenName}" in namespace "${where}"`,
      remedy: 'give one of them a token of its own (settings.tokenName), or make them pools of one',
    },
  ];
}

/** Names and namespaces may differ, and what is made of them not. */
export function claimsOfObjects(construct: Construct, objects: readonly ApiObject[]): readonly Claim[] {
  return objects.flatMap(({ kind, name, metadata }) => {
    const namespace = kind.startsWith('ClusterRole') ? undefined : metadata.namespace;
    const where = namespace === undefined ? '' : ` in namespace "${namespace}"`;
    return [
      {
        key: objectKey(kind, namespace, name),
        what: `the ${kind} "${name}"${where}`,
        remedy: 'give one of them another name',
      },
      ...fileClaims(construct, `${kind}.${name}`),
    ];
  });
}

/** cdk8s names such files without the namespace, and writes one over the other. */
function fileClaims(construct: Construct, name: string): readonly Claim[] {
  const { yamlOutputType } = construct.node.root as Partial<App>;
  const perChart = yamlOutputType === YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE;
  if (!perChart && yamlOutputType !== YamlOutputType.FILE_PER_RESOURCE) return [];
  const folder = perChart ? `${Chart.of(construct).node.path}/` : '';
  const remedy =
    'give one of them another name (the token: settings.tokenName), or a chart of its own with YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE';
  return [{ key: `file/${folder}${name}`, what: `the file "${folder}${name}"`, remedy }];
}

/** Throws where another set of collectors in the app has one of these, and names both paths. */
export function refuseTaken(construct: Construct, claims: readonly Claim[]): void {
  const others = (taken.get(construct.node.root as Construct) ?? []).filter(({ by }) => isInTree(by));
  const conflicts = claims.flatMap(({ key, what, remedy }) =>
    others
      .filter(({ keys }) => keys.includes(key))
      .map(({ by }) => `"${construct.node.path}" and "${by.node.path}" both want ${what}: ${remedy}`),
  );
  if (conflicts.length > 0) throw new Error([...new Set(conflicts)].join('\n'));
}

export function take(construct: Construct, claims: readonly Claim[]): void {
  const app = construct.node.root as Construct;
  taken.set(app, [...(taken.get(app) ?? []), { by: construct, keys: claims.map(({ key }) => key) }]);
}

function objectKey(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

/** It may have been removed since. */
function isInTree(construct: Construct): boolean {
  const { scope, id } = construct.node;
  return scope === undefined || (scope.node.tryFindChild(id) === construct && isInTree(scope));
}
