import { productName, productVersion } from '../runtime/src/contract/names.ts';
import { defaultSettings } from '../runtime/src/contract/settings.ts';
import type { ChosenSettings, CollectorModel, PodModel, PoolModel } from './collector-model.ts';
import type { EventCollectorProps, PlacementOptions, PodOptions } from './collector-props.ts';
import {
  defaultApiServerPorts,
  defaultLivenessProbe,
  defaultMaxUnavailable,
  defaultNodeSelector,
  defaultPodSecurityContext,
  defaultReadinessProbe,
  defaultReplicas,
  defaultResources,
  defaultSecurityContext,
  defaultSettingsKey,
  defaultStartupProbe,
  defaultTokenAnnotations,
  overDefault,
} from './defaults.ts';
import { shown } from './problems.ts';
import { problemsOf } from './props-problems.ts';
import { withFiles } from './mounted-keys.ts';
import { settingsRead } from './settings-read.ts';
import type { Entries } from './entries.ts';
import { presentEntries } from './symbolic/combine.ts';

/** Throws with all problems, those that the collectors would refuse to start with included: better at synthesis than on every node. */
export function modelOfProps(props: EventCollectorProps): CollectorModel {
  const { namespace = 'eventbaton', name = 'eventbaton', watchNamespace = '', serviceAccount } = props;
  const chosen = chosenSettings(props, namespace);
  const { settings, problems } = settingsRead(chosen);
  const found = [...problemsOf(props, { name, namespace }), ...problems];
  if (settings === undefined || found.length > 0) throw new Error(refusal(namespace, name, found));
  const keptNamespace = settings.kubeResourcesNamespace || namespace;
  return {
    name,
    namespace,
    identity: { product: productName, instance: name, version: productVersion },
    labels: props.labels ?? {},
    annotations: props.annotations ?? {},
    // In a namespace that is not the collectors' own, another set of collectors may keep its lock and token too.
    kept: { namespace: keptNamespace, roleName: keptNamespace === namespace ? name : `${namespace}.${name}` },
    lock: {
      kind: props.settings?.leaderElectionDefaultResource ?? 'lease',
      name: settings.leaderLeaseName,
    },
    tokenConfigMap: {
      create: props.tokenConfigMap?.create ?? true,
      name: settings.tokenName,
      labels: props.tokenConfigMap?.labels ?? {},
      annotations: overDefault(defaultTokenAnnotations, props.tokenConfigMap?.annotations),
    },
    watchNamespace,
    healthPort: settings.healthPort,
    drainTimeout: settings.drainTimeout,
    serviceAccountDir: settings.serviceAccountDir,
    settings: chosen,
    sinks: (props.settings?.sinks ?? []) as unknown as readonly Entries[],
    settingsFile: {
      content: props.settingsFile?.content ?? '',
      configMapName: props.settingsFile?.configMapName ?? '',
      key: props.settingsFile?.key ?? defaultSettingsKey,
    },
    serviceAccount: {
      create: serviceAccount?.create ?? true,
      name: serviceAccount?.name ?? name,
      labels: serviceAccount?.labels ?? {},
      annotations: serviceAccount?.annotations ?? {},
    },
    createRoles: props.createRoles ?? true,
    clusterScope: props.clusterScope ?? true,
    workload: props.workload ?? 'DaemonSet',
    disruptionBudget: {
      create: props.disruptionBudget?.create ?? true,
      maxUnavailable: props.disruptionBudget?.maxUnavailable ?? defaultMaxUnavailable,
    },
    podMonitor: podMonitorOf(props),
    networkPolicy: networkPolicyOf(props),
    pod: podOf(props),
    pools: poolsOf(props),
  };
}

function refusal(namespace: string, name: string, problems: readonly string[]): string {
  return `EventCollector ${shown(name)} in namespace ${shown(namespace)} cannot be made:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
}

function podMonitorOf({ podMonitor = {} }: EventCollectorProps): CollectorModel['podMonitor'] {
  const { enabled = false, labels = {}, interval = '', scrapeTimeout = '' } = podMonitor;
  const { relabelings = [], metricRelabelings = [] } = podMonitor;
  return { enabled, labels, interval, scrapeTimeout, relabelings, metricRelabelings };
}

function networkPolicyOf({ networkPolicy = {} }: EventCollectorProps): CollectorModel['networkPolicy'] {
  const { enabled = false, ingressFrom = [], apiServerPorts = defaultApiServerPorts, egress = [] } = networkPolicy;
  return { enabled, ingressFrom, apiServerPorts, egress };
}

function podOf(props: PodOptions): PodModel {
  return {
    image: props.image ?? `${productName}:${productVersion}`,
    imagePullPolicy: props.imagePullPolicy ?? 'IfNotPresent',
    imagePullSecrets: (props.imagePullSecrets ?? []).map((name) => ({ name })),
    labels: props.podLabels ?? {},
    annotations: props.podAnnotations ?? {},
    podSecurityContext: overDefault(defaultPodSecurityContext, props.podSecurityContext),
    securityContext: overDefault(defaultSecurityContext, props.securityContext),
    extraEnv: props.extraEnv ?? [],
    extraEnvFrom: props.extraEnvFrom ?? [],
    extraVolumes: props.extraVolumes ?? [],
    extraVolumeMounts: (props.extraVolumeMounts ?? []) as unknown as readonly Entries[],
    extraContainers: props.extraContainers ?? [],
    extraInitContainers: props.extraInitContainers ?? [],
    hostNetwork: props.hostNetwork ?? false,
    dnsPolicy: props.dnsPolicy ?? '',
    dnsConfig: props.dnsConfig ?? {},
    hostAliases: (props.hostAliases ?? []) as unknown as readonly Entries[],
    livenessProbe: { ...defaultLivenessProbe, ...said(props.livenessProbe) },
    readinessProbe: { ...defaultReadinessProbe, ...said(props.readinessProbe) },
    startupProbe: { enabled: props.startupProbe !== undefined, ...defaultStartupProbe, ...said(props.startupProbe) },
  };
}

function poolsOf(props: EventCollectorProps): readonly PoolModel[] {
  const { pools, replicas = defaultReplicas } = props;
  if (pools === undefined) return [poolOf(undefined, props, replicas)];
  return pools.map((pool) => poolOf(pool.name, { ...props, ...said(pool) }, pool.replicas ?? replicas));
}

/** A field that is undefined says nothing. */
function said<T extends object>(options: T | undefined): Partial<T> {
  return (presentEntries({ ...options }) ?? {}) as Partial<T>;
}

function poolOf(name: string | undefined, options: PlacementOptions, replicas: number): PoolModel {
  return {
    name,
    replicas,
    nodeSelector: overDefault(defaultNodeSelector, options.nodeSelector),
    tolerations: (options.tolerations ?? []) as unknown as readonly Entries[],
    affinity: options.affinity ?? {},
    topologySpreadConstraints: options.topologySpreadConstraints ?? [],
    priorityClassName: options.priorityClassName ?? '',
    resources: (options.resources as Entries | undefined) ?? defaultResources,
    updateStrategy: options.updateStrategy ?? {},
    revisionHistoryLimit: options.revisionHistoryLimit ?? null,
  };
}

const { leaderLeaseName, tokenName, healthPort, drainTimeout } = defaultSettings;
const shapingDefaults = { leaderLeaseName, tokenName, healthPort, drainTimeout };

/** What shapes the objects is always said: a settings file, or an image of another version, cannot say something else. */
function chosenSettings({ settings = {}, watchNamespace }: EventCollectorProps, namespace: string): ChosenSettings {
  const { sinks, kubeResourcesNamespace, ...others } = settings;
  const isElsewhere = Boolean(kubeResourcesNamespace) && kubeResourcesNamespace !== namespace;
  return {
    ...shapingDefaults,
    ...presentEntries(others),
    collectKubernetesEvents: true,
    leaderElection: true,
    leaderElectionDefaultResource: settings.leaderElectionDefaultResource ?? 'lease',
    ...(isElsewhere ? { kubeResourcesNamespace } : {}),
    ...(watchNamespace === undefined ? {} : { namespace: watchNamespace }),
    ...(sinks === undefined ? {} : { sinks: withFiles(sinks) }),
  };
}
