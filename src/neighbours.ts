/** Several sets of collectors in one app: what each must have for itself. */
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { CollectorModel } from './collector-model.ts';
import { asText } from './symbolic/expression.ts';

interface Claim {
  readonly construct: Construct;
  readonly what: string;
  readonly remedy: string;
}

/** By app: claims by what is claimed. */
const claimed = new WeakMap<Construct, Map<string, Claim>>();

/**
 * Throws where another set of collectors in the app has this name, lock or token, and names both paths. Two sets on one lock would take turns with
 * different settings; on one token they would pass each other's Events over.
 */
export function claimOwn(construct: Construct, { name, namespace, kept, lock, tokenConfigMap }: CollectorModel): void {
  const where = asText(kept.namespace);
  claim(construct, [
    { what: `the name "${asText(name)}" in namespace "${asText(namespace)}"`, remedy: 'give one of them another name' },
    {
      what: `the lock "${asText(lock.name)}" in namespace "${where}"`,
      remedy:
        'give one of them a lock and a token of its own (settings.leaderLeaseName, settings.tokenName), or make them pools of one',
    },
    {
      what: `the token ConfigMap "${asText(tokenConfigMap.name)}" in namespace "${where}"`,
      remedy: 'give one of them a token of its own (settings.tokenName), or make them pools of one',
    },
  ]);
}

/** Throws where another set of collectors has an object of this name: names and namespaces may differ, and what is made of them not. */
export function claimObjects(construct: Construct): void {
  claim(
    construct,
    construct.node
      .findAll()
      .filter((child) => ApiObject.isApiObject(child))
      .map(({ kind, name, metadata }) => ({
        what: `the ${kind} "${name}"${isClusterScoped(kind) ? '' : ` in namespace "${metadata.namespace}"`}`,
        remedy: 'give one of them another name',
      })),
  );
}

function isClusterScoped(kind: string): boolean {
  return kind.startsWith('ClusterRole');
}

function claim(construct: Construct, wanted: readonly Omit<Claim, 'construct'>[]): void {
  const app = construct.node.root as Construct;
  const claims = claimed.get(app) ?? new Map<string, Claim>();
  claimed.set(app, claims);
  const conflicts = wanted.flatMap(({ what, remedy }) => {
    const other = claims.get(what);
    if (other === undefined) return [];
    return [`"${construct.node.path}" and "${other.construct.node.path}" both want ${what}: ${remedy}`];
  });
  if (conflicts.length > 0) throw new Error(conflicts.join('\n'));
  for (const one of wanted) claims.set(one.what, { construct, ...one });
}
