import { Yaml } from 'cdk8s';
import { productName } from '../../runtime/src/contract/names.ts';
import { collectorManifests } from '../../src/index.ts';

const accessKinds = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];

/** manifests/, for people who apply files by hand: by path, with the default collectors' objects. */
export function manifestFiles(): ReadonlyMap<string, string> {
  const objects = collectorManifests() as readonly { readonly kind: string }[];
  return new Map([
    [
      'manifests/eventbaton.yaml',
      file(
        'A namespace, and all that collectors on every node need in it: kubectl apply -f eventbaton.yaml',
        'It is applied from top to bottom: what pods need stands before the pods.',
        [namespace, ...objects],
      ),
    ],
    [
      // What the Agent's documentation calls it.
      'manifests/datadog_configmap.yaml',
      file(
        "The token's ConfigMap alone, for those who bring it apart from the collectors. In the namespace of lock and token.",
        'Without data, so that applying it again does not set the token back: the collectors write it.',
        objects.filter(({ kind }) => kind === 'ConfigMap'),
      ),
    ],
    [
      'manifests/rbac.yaml',
      file(
        'Service account, roles and bindings alone, for an administrator who grants what others then use.',
        'They install with createRoles: false and serviceAccount: { create: false, name: eventbaton }.',
        objects.filter(({ kind }) => accessKinds.includes(kind)),
      ),
    ],
  ]);
}

/** Nobody but the collectors is in it, and they need no more than Pod Security allows everyone. */
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' }, name: productName },
};

function file(purpose: string, note: string, objects: readonly object[]): string {
  return `# ${purpose}\n# ${note}\n# Generated from src/ by \`npm run generate\`; docs/gitops.md tells more.\n${Yaml.stringify(...objects)}`;
}
