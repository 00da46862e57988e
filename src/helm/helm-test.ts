/** What `helm test` runs: the collector's own image asks who leads, with rights to look at lock and token and nothing else. */
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { lockResourceOf } from '../../runtime/src/contract/lock-resource.ts';
import type { CollectorModel, LockKind } from '../collector-model.ts';
import { metadata } from '../labels.ts';
import { apiAccessVolume } from '../pod-template.ts';
import { environmentOf } from '../settings-wiring.ts';
import { itemsByCase, orOmit, text } from '../symbolic/combine.ts';
import { asText } from '../symbolic/expression.ts';

const lockKinds: readonly LockKind[] = ['lease', 'configmap', 'endpoints'];

/** What the pod needs comes first, and all of it goes when a test has passed, or runs again. */
const hook = (weight: number) => ({
  'helm.sh/hook': 'test',
  'helm.sh/hook-weight': String(weight),
  'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
});

export function createHelmTest(scope: Construct, model: CollectorModel): void {
  const { namespace } = model;
  const name = text`${model.name}-test`;
  const described = (weight: number) => metadata(model, { name, namespace, annotations: hook(weight) });
  new ApiObject(scope, 'TestServiceAccount', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: described(-2),
    automountServiceAccountToken: false,
  });
  new ApiObject(scope, 'TestRole', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: described(-2),
    rules: readingRules(model),
  });
  new ApiObject(scope, 'TestRoleBinding', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: described(-1),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  new ApiObject(scope, 'TestPod', { apiVersion: 'v1', kind: 'Pod', metadata: described(0), spec: testPod(model) });
}

function readingRules({ lock, tokenConfigMap }: CollectorModel) {
  const get = (apiGroup: string, resource: string, name: string) => ({
    apiGroups: [apiGroup],
    resources: [resource],
    resourceNames: [name],
    verbs: ['get'],
  });
  return [
    ...itemsByCase(lock.kind, lockKinds, (kind) => [
      get(kind === 'lease' ? 'coordination.k8s.io' : '', lockResourceOf(kind), asText(lock.name)),
    ]),
    get('', 'configmaps', asText(tokenConfigMap.name)),
  ];
}

function testPod(model: CollectorModel) {
  const { pod, pools } = model;
  return {
    restartPolicy: 'Never',
    serviceAccountName: text`${model.name}-test`,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    imagePullSecrets: orOmit(pod.imagePullSecrets),
    nodeSelector: orOmit(pools[0]?.nodeSelector),
    tolerations: orOmit(pools[0]?.tolerations),
    securityContext: orOmit(pod.podSecurityContext),
    containers: [
      {
        name: 'status',
        image: pod.image,
        imagePullPolicy: pod.imagePullPolicy,
        args: ['status', '--expect', 'leader'],
        env: environmentOf(model),
        resources: orOmit(pools[0]?.resources),
        securityContext: orOmit(pod.securityContext),
        volumeMounts: [{ name: 'api-access', mountPath: model.serviceAccountDir, readOnly: true }],
      },
    ],
    volumes: [apiAccessVolume],
  };
}
