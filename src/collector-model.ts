/** Everything that the objects of one set of collectors are made of, with every default filled in: literals for a synth, expressions for the chart. */
import type { SettingName } from '../runtime/src/contract/settings.ts';
import type { EnvironmentVariable } from './pod-props.ts';
import type { Entries } from './entries.ts';
import type { Val } from './symbolic/expression.ts';

export type WireList = Val<readonly Entries[]>;

export const lockKinds = ['lease', 'configmap', 'endpoints'] as const;
export type LockKind = (typeof lockKinds)[number];
export type WorkloadKind = 'DaemonSet' | 'Deployment';

export type ChosenSettings = Readonly<Partial<Record<SettingName, Val<unknown>>>>;

export interface CollectorModel {
  readonly name: Val<string>;
  readonly namespace: Val<string>;
  readonly identity: Identity;
  readonly labels: Val<Entries>;
  readonly annotations: Val<Entries>;
  /** Lock and token: where they are, and the name of the role that opens them. */
  readonly kept: { readonly namespace: Val<string>; readonly roleName: Val<string> };
  readonly lock: { readonly kind: Val<LockKind>; readonly name: Val<string> };
  readonly tokenConfigMap: {
    readonly create: Val<boolean>;
    readonly name: Val<string>;
    readonly labels: Val<Entries>;
    readonly annotations: Val<Entries>;
  };
  readonly watchNamespace: Val<string>;
  readonly healthPort: Val<number>;
  readonly drainTimeout: Val<number>;
  readonly serviceAccountDir: string;
  /** What becomes environment: the ones above too. */
  readonly settings: ChosenSettings;
  readonly sinks: Val<readonly Entries[]>;
  readonly settingsFile: {
    readonly content: Val<string>;
    readonly configMapName: Val<string>;
    readonly key: Val<string>;
  };
  readonly serviceAccount: {
    readonly create: Val<boolean>;
    readonly name: Val<string>;
    readonly labels: Val<Entries>;
    readonly annotations: Val<Entries>;
  };
  readonly createRoles: Val<boolean>;
  /** Whether objects that are in no namespace are among them. */
  readonly clusterScope: Val<boolean>;
  readonly workload: Val<WorkloadKind>;
  readonly disruptionBudget: { readonly create: Val<boolean>; readonly maxUnavailable: Val<number | string> };
  readonly podMonitor: {
    readonly enabled: Val<boolean>;
    readonly labels: Val<Entries>;
    readonly interval: Val<string>;
    readonly scrapeTimeout: Val<string>;
    readonly relabelings: WireList;
    readonly metricRelabelings: WireList;
  };
  readonly networkPolicy: {
    readonly enabled: Val<boolean>;
    readonly ingressFrom: WireList;
    readonly apiServerPorts: Val<readonly number[]>;
    readonly egress: WireList;
  };
  readonly pod: PodModel;
  readonly pools: readonly PoolModel[];
}

/** What labels say. */
export interface Identity {
  /** app.kubernetes.io/name and /instance: by these, pods are selected. */
  readonly product: Val<string>;
  readonly instance: Val<string>;
  readonly version: Val<string>;
  /** Only objects that Helm installs have these. */
  readonly managedBy?: Val<string>;
  readonly chart?: Val<string>;
}

export interface PodModel {
  readonly image: Val<string>;
  readonly imagePullPolicy: Val<string>;
  readonly imagePullSecrets: WireList;
  readonly labels: Val<Entries>;
  readonly annotations: Val<Entries>;
  readonly podSecurityContext: Val<Entries>;
  readonly securityContext: Val<Entries>;
  readonly extraEnv: Val<readonly EnvironmentVariable[]>;
  readonly extraEnvFrom: WireList;
  readonly extraVolumes: WireList;
  readonly extraVolumeMounts: WireList;
  readonly extraContainers: WireList;
  readonly extraInitContainers: WireList;
  readonly hostNetwork: Val<boolean>;
  /** Empty: Kubernetes' own, or what the host's network needs. */
  readonly dnsPolicy: Val<string>;
  readonly dnsConfig: Val<Entries>;
  readonly hostAliases: WireList;
  readonly livenessProbe: ProbeModel;
  readonly readinessProbe: ProbeModel;
  readonly startupProbe: ProbeModel & { readonly enabled: Val<boolean> };
}

export interface ProbeModel {
  /** Null: Kubernetes' own. */
  readonly initialDelaySeconds: Val<number | null>;
  readonly periodSeconds: Val<number>;
  readonly timeoutSeconds: Val<number>;
  readonly failureThreshold: Val<number>;
}

/** One workload of the set: the only one, or that of a node pool. */
export interface PoolModel {
  /** Undefined for the only one. */
  readonly name: string | undefined;
  readonly replicas: Val<number>;
  readonly nodeSelector: Val<Entries>;
  readonly tolerations: WireList;
  readonly affinity: Val<Entries>;
  readonly topologySpreadConstraints: WireList;
  readonly priorityClassName: Val<string>;
  readonly resources: Val<Entries>;
  readonly updateStrategy: Val<Entries>;
  /** Null: Kubernetes' own. */
  readonly revisionHistoryLimit: Val<number | null>;
}
