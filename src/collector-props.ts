/** Public props: plain and in wire form, so that no library shows through them. */
import type { CollectorSettings } from './collector-settings.ts';
import type {
  Container,
  EnvironmentVariable,
  HostAlias,
  ProbeTimings,
  Resources,
  Toleration,
  Volume,
  VolumeMount,
  WireObject,
} from './pod-props.ts';

export interface EventCollectorProps extends PodOptions {
  /** Where the collectors run. It has to be there. @default the chart's, else "eventbaton" */
  readonly namespace?: string;
  /** Name of ServiceAccount, workload and roles; cluster-scoped objects carry the namespace as well. @default "eventbaton" */
  readonly name?: string;
  /** Collection and leader election are on. @default the collector's own defaults */
  readonly settings?: CollectorSettings;
  /**
   * A settings file, for what `settings` does not say. What is in it is read by the collectors alone. Names of lock and token, the kind of lock, their
   * namespace, port and drain time are always those of `settings` or the defaults, whatever stands in it: a collector warns of each that differs.
   * @default none
   */
  readonly settingsFile?: SettingsFileOptions;
  /** The only namespace to collect from. @default all */
  readonly watchNamespace?: string;
  /** One collector on each node, or a few in all. @default "DaemonSet" */
  readonly workload?: 'DaemonSet' | 'Deployment';
  /** Of a Deployment. @default 2 */
  readonly replicas?: number;
  /** Of a Deployment. @default at most one pod is away */
  readonly disruptionBudget?: DisruptionBudgetOptions;
  /** Several workloads of one set of collectors, such as one for each kind of node: they share roles, lock and token. @default a single one */
  readonly pools?: readonly NodePool[];
  /** @default one is made, of the collectors' name */
  readonly serviceAccount?: ServiceAccountOptions;
  /** Whether roles and bindings are made. @default true */
  readonly createRoles?: boolean;
  /**
   * Whether a ClusterRole and its binding are made. With `watchNamespace` it can be false, for those who may only make objects in namespaces. It is
   * true there, too, for without it collectors cannot identify the cluster, and would trust the token of another one.
   * @default true
   */
  readonly clusterScope?: boolean;
  /** @default it is made, without data */
  readonly tokenConfigMap?: TokenConfigMapOptions;
  /** A PodMonitor of the Prometheus Operator. @default none */
  readonly podMonitor?: PodMonitorOptions;
  /** @default none */
  readonly networkPolicy?: NetworkPolicyOptions;
  /** On every object and pod. Those that the construct sets cannot be replaced. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** On every object and pod. @default none */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a pod is made of, and where it runs. */
export interface PodOptions extends PlacementOptions {
  /** The whole reference, best with a digest. None is published yet: it has to be one that you have. @default "eventbaton:<version>" */
  readonly image?: string;
  /** @default "IfNotPresent" */
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Names of Secrets. @default none */
  readonly imagePullSecrets?: readonly string[];
  /** Over `labels`; an empty text does not replace one of them. @default none */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** Over `annotations`; an empty text does not replace one of them. @default none */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** Added to the default, field by field; null takes a field away. @default nobody's user and group, the runtime's seccomp profile */
  readonly podSecurityContext?: WireObject;
  /** Of the collector's container. Added to the default, field by field; null takes a field away. @default what Pod Security "restricted" asks for, and a read-only root */
  readonly securityContext?: WireObject;
  /**
   * Further variables; one that is wired already is replaced, but NODE_OPTIONS, as a `value`, is added to the construct's. Those that roles, probes
   * and mounts depend on are settings.
   * @default none
   */
  readonly extraEnv?: readonly EnvironmentVariable[];
  /** In wire form: `configMapRef`, `secretRef`, `prefix`. @default none */
  readonly extraEnvFrom?: readonly WireObject[];
  /** @default none */
  readonly extraVolumes?: readonly Volume[];
  /** Of the collector's container. @default none */
  readonly extraVolumeMounts?: readonly VolumeMount[];
  /** Sidecars. In a namespace that enforces "restricted" each needs a `securityContext` of its own. @default none */
  readonly extraContainers?: readonly Container[];
  /** Run before the collector starts. In a namespace that enforces "restricted" each needs a `securityContext` of its own. @default none */
  readonly extraInitContainers?: readonly Container[];
  /**
   * Pods use the network of their node. `settings.healthPort` must then be free on every node, a network policy does not apply to them, and a
   * namespace that enforces "baseline" or "restricted" refuses them.
   * @default false
   */
  readonly hostNetwork?: boolean;
  /** @default "ClusterFirst"; with `hostNetwork` "ClusterFirstWithHostNet" */
  readonly dnsPolicy?: 'ClusterFirst' | 'ClusterFirstWithHostNet' | 'Default' | 'None';
  /** In wire form: `nameservers`, `searches`, `options`. @default none */
  readonly dnsConfig?: WireObject;
  /** @default none */
  readonly hostAliases?: readonly HostAlias[];
  /** @default every 15 s; a restart after four failures */
  readonly livenessProbe?: ProbeTimings;
  /** @default every 10 s; unready after three failures */
  readonly readinessProbe?: ProbeTimings;
  /** Of the same page as liveness. @default none */
  readonly startupProbe?: ProbeTimings;
}

/** Where pods run, and what they may use there. */
export interface PlacementOptions {
  /** Added to the default; null takes a label away. @default kubernetes.io/os: linux */
  readonly nodeSelector?: Readonly<Record<string, string | null>>;
  /** @default none */
  readonly tolerations?: readonly Toleration[];
  /** In wire form. @default none */
  readonly affinity?: WireObject;
  /** In wire form. @default none for a DaemonSet; a Deployment is spread over nodes where it can be */
  readonly topologySpreadConstraints?: readonly WireObject[];
  /** Of a pool, empty: none. @default none */
  readonly priorityClassName?: string;
  /** @default requests of 10m CPU and 80Mi memory, a limit of 192Mi memory */
  readonly resources?: Resources;
  /** The workload's, in wire form. @default rolling: of a DaemonSet 10 % are away at most, a Deployment has one more pod instead; with `hostNetwork` it has one fewer, for the port of the node may be taken */
  readonly updateStrategy?: WireObject;
  /** Number of old revisions that are kept for a roll-back. @default Kubernetes' own, 10 */
  readonly revisionHistoryLimit?: number;
}

/** What is not said here is as for the whole. */
export interface NodePool extends PlacementOptions {
  /** Stands behind the collectors' name, and is a label that selects the pool's pods. */
  readonly name: string;
  /** Of a Deployment. @default the collectors' */
  readonly replicas?: number;
}

/** The content of a file that is made, or a ConfigMap that is there already. */
export interface SettingsFileOptions {
  /** YAML. Pods are replaced when it changes. @default none */
  readonly content?: string;
  /** Name of a ConfigMap in the collectors' namespace. Pods are not replaced when it changes. @default one is made of the content */
  readonly configMapName?: string;
  /** Name of the file, and its key in the ConfigMap. A `datadog.yaml` is read as the Agent's. @default "eventbaton.yaml" */
  readonly key?: string;
}

export interface DisruptionBudgetOptions {
  /** @default true */
  readonly create?: boolean;
  /** A number, or a share such as "50%". @default 1 */
  readonly maxUnavailable?: number | string;
}

export interface ServiceAccountOptions {
  /** If not, `name` has to be there. @default true */
  readonly create?: boolean;
  /** @default the collectors' name */
  readonly name?: string;
  /** @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default none */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface TokenConfigMapOptions {
  /**
   * Whether the manifests bring it. If not, the collectors may create it, and that right cannot be limited to one name.
   * @default true
   */
  readonly create?: boolean;
  /** @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Added to the default; null takes one away. @default what keeps Helm, Argo CD and Flux from removing it or its data */
  readonly annotations?: Readonly<Record<string, string | null>>;
}

export interface PodMonitorOptions {
  /** To be said where another option is. @default false */
  readonly enabled?: boolean;
  /** Such as those by which a Prometheus selects its PodMonitors. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Such as "30s". @default Prometheus' own */
  readonly interval?: string;
  /** Such as "10s". @default Prometheus' own */
  readonly scrapeTimeout?: string;
  /** In wire form. @default none */
  readonly relabelings?: readonly WireObject[];
  /** In wire form. @default none */
  readonly metricRelabelings?: readonly WireObject[];
}

/** Lets in what may scrape, and out to DNS, the API server and the ports of `http` sinks in `settings.sinks` and of proxies in `extraEnv`; for those of a settings file or another variable add `egress`. */
export interface NetworkPolicyOptions {
  /** To be said where another option is. @default false */
  readonly enabled?: boolean;
  /** Who may reach the health port, as peers in wire form. Kubelets always may. @default everyone */
  readonly ingressFrom?: readonly WireObject[];
  /** Ports of the API server, as pods reach it. @default 443 and 6443 */
  readonly apiServerPorts?: readonly number[];
  /**
   * Further rules in wire form. Network plugins count the port of the pod: for a sink behind a Service add its target port, on OpenShift 5353 (UDP and
   * TCP) for DNS.
   * @default none
   */
  readonly egress?: readonly WireObject[];
}
