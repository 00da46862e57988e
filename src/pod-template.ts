import { createHash } from 'node:crypto';
import type { CollectorModel, PodModel, PoolModel, ProbeModel } from './collector-model.ts';
import { checksumAnnotation, podLabels, selectorLabels } from './labels.ts';
import { environmentOf } from './settings-wiring.ts';
import type { Entries } from './entries.ts';
import {
  and,
  ceilingPlus,
  entries,
  equal,
  given,
  isSet,
  items,
  merged,
  named,
  not,
  orOmit,
  presentEntries,
  when,
} from './symbolic/combine.ts';
import { Expression, isExpression, type Val } from './symbolic/expression.ts';
import { apiAccessVolume, configMapsVolume, type MountedVolume, secretsVolume, settingsVolume } from './volumes.ts';

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
    ...networkOf(pod),
    initContainers: orOmit(pod.extraInitContainers),
    containers: [collector(model, pool), ...items(pod.extraContainers)],
    volumes: [...mountedVolumes(model).flatMap(({ volumes }) => volumes), ...items(pod.extraVolumes)],
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
    startupProbe: when(pod.startupProbe.enabled, probe('/livez', pod.startupProbe)),
    livenessProbe: probe('/livez', pod.livenessProbe),
    readinessProbe: probe('/readyz', pod.readinessProbe),
    resources: orOmit(resources),
    securityContext: orOmit(pod.securityContext),
    volumeMounts: [
      ...mountedVolumes(model).flatMap(({ volumeMounts }) => volumeMounts),
      ...items(pod.extraVolumeMounts),
    ],
  };
}

function mountedVolumes(model: CollectorModel): readonly MountedVolume[] {
  return [apiAccessVolume(model), settingsVolume(model), secretsVolume(model), configMapsVolume(model)];
}

function probe(path: string, { initialDelaySeconds, timeoutSeconds, periodSeconds, failureThreshold }: ProbeModel) {
  return {
    httpGet: { path, port: 'health' },
    initialDelaySeconds: when(isSet(initialDelaySeconds), initialDelaySeconds),
    timeoutSeconds,
    periodSeconds,
    failureThreshold,
  };
}

/** On the host's network `ClusterFirst` would be the node's own DNS, which knows no Services. */
export function networkOf({ hostNetwork, dnsPolicy, dnsConfig, hostAliases }: PodModel): Entries {
  return {
    hostNetwork: when<Val<boolean>>(hostNetwork, true),
    dnsPolicy: when(given(dnsPolicy), dnsPolicy, when<Val<string>>(hostNetwork, 'ClusterFirstWithHostNet')),
    dnsConfig: orOmit(dnsConfig),
    hostAliases: orOmit(hostAliases),
  };
}

/** A ConfigMap that somebody else keeps is not known here: its changes replace no pods. */
function podAnnotations(model: CollectorModel): Entries | undefined {
  const { content, configMapName } = model.settingsFile;
  const made = and(given(content), not(given(configMapName)));
  return presentEntries({
    [checksumAnnotation]: when(made, checksum(content)),
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
