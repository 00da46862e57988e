/** What `helm test` runs: the collector's own image asks who leads, with rights to look at lock and token and nothing else. */
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { lockReadingRule, tokenReadingRule } from '../../runtime/src/contract/access.ts';
import { lockResourceOf } from '../../runtime/src/contract/lock-resource.ts';
import { asRendered } from '../access.ts';
import { type CollectorModel, lockKinds } from '../collector-model.ts';
import type { Entries } from '../entries.ts';
import { metadata, testSelectorLabels } from '../labels.ts';
import { portsOut } from '../network-policy.ts';
import { environmentOf } from '../settings-wiring.ts';
import { networkOf } from '../pod-template.ts';
import { childWhen } from '../symbolic/child.ts';
import { and, itemsByCase, orOmit, text, when } from '../symbolic/combine.ts';
import { asText, type Val } from '../symbolic/expression.ts';
import { apiAccessVolume, settingsVolume } from '../volumes.ts';

/** What the pod needs comes first. All of it is made anew by each test, and the rights go when it has passed; the pod, and its log, stay to be read. */
const hook = (weight: number, deletion: string) => ({
  'helm.sh/hook': 'test',
  'helm.sh/hook-weight': String(weight),
  'helm.sh/hook-delete-policy': deletion,
});
const rightsHook = (weight: number) => hook(weight, 'before-hook-creation,hook-succeeded');
const podHook = hook(0, 'before-hook-creation');

export function createHelmTest(scope: Construct, model: CollectorModel): void {
  createRights(scope, model);
  childWhen(
    model.networkPolicy.enabled,
    () =>
      new ApiObject(scope, 'TestNetworkPolicy', {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: described(model, rightsHook(-1)),
        spec: {
          podSelector: { matchLabels: testSelectorLabels(model) },
          policyTypes: ['Ingress', 'Egress'],
          egress: [{ ports: portsOut(model) }],
        },
      }),
  );
  new ApiObject(scope, 'TestPod', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: described(model, podHook),
    spec: testPod(model),
  });
}

function createRights(scope: Construct, model: CollectorModel): void {
  const { namespace } = model;
  const name = testName(model);
  const objects = {
    TestServiceAccount: {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: described(model, rightsHook(-2)),
      automountServiceAccountToken: false,
    },
    TestRole: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: described(model, rightsHook(-2)),
      rules: readingRules(model),
    },
    TestRoleBinding: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: described(model, rightsHook(-1)),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  };
  for (const [id, object] of Object.entries(objects))
    childWhen(hasOwnRights(model), () => new ApiObject(scope, id, object));
}

function described(model: CollectorModel, annotations: Entries) {
  return metadata(model, { name: testName(model), namespace: model.namespace, annotations, component: 'test' });
}

/** Who keeps account or roles out of the release keeps them out of the test: then the collectors' own account looks, whose rights hold these two. */
function hasOwnRights({ serviceAccount, createRoles }: CollectorModel): Val<boolean> {
  return and(serviceAccount.create, createRoles);
}

/** Not merely `-test`: releases are called so, and a hook is deleted whoever made it. */
function testName({ name }: CollectorModel): Val<string> {
  return text`${name}-helm-test`;
}

function readingRules({ lock, tokenConfigMap }: CollectorModel) {
  return [
    ...itemsByCase(lock.kind, lockKinds, (kind) => [
      asRendered(lockReadingRule(lockResourceOf(kind), asText(lock.name))),
    ]),
    asRendered(tokenReadingRule(asText(tokenConfigMap.name))),
  ];
}

function testPod(model: CollectorModel) {
  const { pod, pools } = model;
  // `status` opens no sink: it needs none of their secrets.
  const mounted = [apiAccessVolume(model), settingsVolume(model)];
  return {
    restartPolicy: 'Never',
    serviceAccountName: when(hasOwnRights(model), testName(model), model.serviceAccount.name),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    imagePullSecrets: orOmit(pod.imagePullSecrets),
    nodeSelector: orOmit(pools[0]?.nodeSelector),
    tolerations: orOmit(pools[0]?.tolerations),
    securityContext: orOmit(pod.podSecurityContext),
    ...networkOf(pod),
    containers: [
      {
        name: 'status',
        image: pod.image,
        imagePullPolicy: pod.imagePullPolicy,
        args: ['status', '--expect', 'leader'],
        env: environmentOf(model),
        resources: orOmit(pools[0]?.resources),
        securityContext: orOmit(pod.securityContext),
        volumeMounts: mounted.flatMap(({ volumeMounts }) => volumeMounts),
      },
    ],
    volumes: mounted.flatMap(({ volumes }) => volumes),
  };
}
