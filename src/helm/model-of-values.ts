import { defaultServiceAccountDir } from '../../runtime/src/contract/names.ts';
import type { ChosenSettings, CollectorModel, PodModel, PoolModel } from '../collector-model.ts';
import type { Entries } from '../entries.ts';
import type { Val } from '../symbolic/expression.ts';
import type { Values } from '../values/values.ts';
import type { Release } from './release.ts';

/** What a release is made of: for the chart with expressions, for comparison with values that are known. */
export function modelOfValues(values: Values, release: Release): CollectorModel {
  const { tokenConfigMap, podDisruptionBudget, settingsFile } = values;
  const { name, namespace } = release;
  return {
    name,
    namespace,
    identity: release.identity,
    labels: values.commonLabels,
    annotations: values.commonAnnotations,
    kept: { namespace, roleName: name },
    lock: { kind: values.leaderElectionResource, name: values.leaderLeaseName },
    tokenConfigMap,
    watchNamespace: values.watchNamespace,
    healthPort: values.healthPort,
    drainTimeout: values.drainTimeout,
    serviceAccountDir: defaultServiceAccountDir,
    settings: settingsOf(values),
    sinks: values.sinks,
    settingsFile: {
      content: settingsFile.content,
      configMapName: settingsFile.existingConfigMap,
      key: settingsFile.key,
    },
    serviceAccount: { ...values.serviceAccount, name: release.serviceAccountName },
    createRoles: values.rbac.create,
    clusterScope: values.rbac.clusterScope,
    workload: values.workload,
    disruptionBudget: podDisruptionBudget,
    podMonitor: values.podMonitor,
    networkPolicy: values.networkPolicy,
    pod: podOf(values, release),
    pools: [poolOf(values)],
  };
}

function settingsOf(values: Values): ChosenSettings {
  return {
    collectKubernetesEvents: values.collectEvents,
    leaderElection: values.leaderElection,
    leaderLeaseDuration: values.leaderLeaseDuration,
    leaderLeaseName: values.leaderLeaseName,
    leaderElectionDefaultResource: values.leaderElectionResource,
    tokenName: values.tokenConfigMap.name,
    clusterName: values.clusterName,
    tags: values.tags,
    fields: values.fields,
    healthPort: values.healthPort,
    namespace: values.watchNamespace,
    startFrom: values.startFrom,
    eventTtl: values.eventTtl,
    checkpointInterval: values.checkpointInterval,
    drainTimeout: values.drainTimeout,
    windowBytes: values.windowBytes,
    logLevel: values.logLevel,
  };
}

function podOf(values: Values, { image, imagePullSecrets }: Release): PodModel {
  return {
    image,
    imagePullPolicy: values.image.pullPolicy,
    imagePullSecrets,
    labels: values.podLabels,
    annotations: values.podAnnotations,
    podSecurityContext: values.podSecurityContext,
    securityContext: values.securityContext,
    extraEnv: values.extraEnv as Val<readonly (Entries & { name: string })[]>,
    extraEnvFrom: values.extraEnvFrom,
    extraVolumes: values.extraVolumes,
    extraVolumeMounts: values.extraVolumeMounts,
    extraContainers: values.extraContainers,
    extraInitContainers: values.extraInitContainers,
    hostNetwork: values.hostNetwork,
    dnsPolicy: values.dnsPolicy,
    dnsConfig: values.dnsConfig,
    hostAliases: values.hostAliases,
    livenessProbe: values.livenessProbe,
    readinessProbe: values.readinessProbe,
    startupProbe: values.startupProbe,
  };
}

function poolOf(values: Values): PoolModel {
  return {
    name: undefined,
    replicas: values.replicaCount,
    nodeSelector: values.nodeSelector,
    tolerations: values.tolerations,
    affinity: values.affinity,
    topologySpreadConstraints: values.topologySpreadConstraints,
    priorityClassName: values.priorityClassName,
    resources: values.resources,
    updateStrategy: values.updateStrategy,
    revisionHistoryLimit: values.revisionHistoryLimit,
  };
}
