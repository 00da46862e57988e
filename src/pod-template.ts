import { createHash } from 'node:crypto';
import type { CollectorModel, PoolModel } from './collector-model.ts';
import { settingsConfigMapName } from './config-maps.ts';
import { podLabels, selectorLabels } from './labels.ts';
import { secretRefs, secretsFolder } from './secret-refs.ts';
import { environmentOf, hasSettingsFile, settingsFolder } from './settings-wiring.ts';
import {
  and,
  ceilingPlus,
  type Entries,
  each,
  entries,
  equal,
  given,
  items,
  itemsWhen,
  merged,
  named,
  not,
  orElse,
  orOmit,
  presentEntries,
  text,
  when,
} from './symbolic/combine.ts';
import { Expression, isExpression, type Val } from './symbolic/expression.ts';

/** What a hand-over needs beyond its drain limit: the last token write (5 s), the release, and slack. */
const graceBeyondDrainSeconds = 20;

/** In wire form: typed L1 objects of cdk8s-plus drop patches of fields that they do not know, without a word. */
export function podTemplate(model: CollectorModel, pool: PoolModel): Entries {
  return named('pod', {
    metadata: { labels: podLabels(model, pool), annotations: podAnnotations(model) },
    spec: podSpec(model, pool),
  });
}

function podSpec(model: CollectorModel, pool: PoolModel): Entries {
  const { pod } = model;
  return {
    serviceAccountName: model.serviceAccount.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: ceilingPlus(model.drainTimeout, graceBeyondDrainSeconds),
    imagePullSecrets: orOmit(pod.imagePullSecrets),
    priorityClassName: when(given(pool.priorityClassName), pool.priorityClassName),
    nodeSelector: orOmit(pool.nodeSelector),
    tolerations: orOmit(pool.tolerations),
    affinity: orOmit(pool.affinity),
    topologySpreadConstraints: when(
      given(pool.topologySpreadConstraints),
      pool.topologySpreadConstraints,
      when(equal(model.workload, 'Deployment'), spread(model)) as PoolModel['topologySpreadConstraints'],
    ),
    securityContext: orOmit(pod.podSecurityContext),
    containers: [collector(model, pool), ...items(pod.extraContainers)],
    volumes: volumes(model),
  };
}

function collector(model: CollectorModel, { resources }: PoolModel): Entries {
  const { pod } = model;
  return {
    name: 'collector',
    image: pod.image,
    imagePullPolicy: pod.imagePullPolicy,
    args: ['run'],
    env: environmentOf(model),
    envFrom: orOmit(pod.extraEnvFrom),
    ports: [{ name: 'health', containerPort: model.healthPort, protocol: 'TCP' }],
    livenessProbe: probe('/livez', { periodSeconds: 15, failureThreshold: 4 }),
    readinessProbe: probe('/readyz', { periodSeconds: 10, failureThreshold: 3 }),
    resources: orOmit(resources),
    securityContext: orOmit(pod.securityContext),
    volumeMounts: [
      { name: 'api-access', mountPath: model.serviceAccountDir, readOnly: true },
      ...itemsWhen(hasSettingsFile(model.settingsFile), [
        { name: 'settings', mountPath: settingsFolder, readOnly: true },
      ]),
      ...itemsWhen(hasSecrets(model), [{ name: 'secrets', mountPath: secretsFolder, readOnly: true }]),
      ...items(pod.extraVolumeMounts),
    ],
  };
}

function probe(path: string, pace: { readonly periodSeconds: number; readonly failureThreshold: number }) {
  return { httpGet: { path, port: 'health' }, timeoutSeconds: 5, ...pace };
}

/** 0440: for the pod's group, and nobody else. */
const readableByGroup = 0o440;

function volumes(model: CollectorModel): readonly Entries[] {
  const { configMapName, key } = model.settingsFile;
  return [
    apiAccessVolume,
    ...itemsWhen(hasSettingsFile(model.settingsFile), [
      {
        name: 'settings',
        configMap: {
          name: orElse(configMapName, settingsConfigMapName(model)),
          defaultMode: readableByGroup,
          items: [{ key, path: key }],
        },
      },
    ]),
    ...itemsWhen(hasSecrets(model), [
      {
        name: 'secrets',
        projected: {
          defaultMode: readableByGroup,
          sources: each(secretRefs(model.sinks), 'ref', (field) => ({
            secret: {
              name: field('name'),
              items: [{ key: field('key'), path: text`${field('name')}/${field('key')}` }],
            },
          })),
        },
      },
    ]),
    ...items(model.pod.extraVolumes),
  ];
}

function hasSecrets({ sinks }: CollectorModel): Val<boolean> {
  return given(secretRefs(sinks));
}

/** What the kubelet would mount by itself, chosen: a short-lived token, the CA, the namespace. */
export const apiAccessVolume = {
  name: 'api-access',
  projected: {
    defaultMode: readableByGroup,
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3_600 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
  },
};

/** A ConfigMap that somebody else keeps is not known here: its changes replace no pods. */
function podAnnotations(model: CollectorModel): Entries | undefined {
  const { content, configMapName } = model.settingsFile;
  const made = and(given(content), not(given(configMapName)));
  return presentEntries({
    'checksum/settings': when(made, checksum(content)),
    ...entries(merged(model.pod.annotations, model.annotations)),
  });
}

function checksum(content: Val<string>): Val<string> {
  if (isExpression(content)) return new Expression(`sha256sum ${content.argument}`, 'string');
  return createHash('sha256').update(content).digest('hex');
}

/** Over nodes where it can be; a pod that can run only beside the other still runs. */
function spread(model: CollectorModel): readonly Entries[] {
  return [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: selectorLabels(model) },
    },
  ];
}
