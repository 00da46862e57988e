/** Parts of a pod in wire form: what is written here is what the API server gets. */

/** A field of Kubernetes that is handed through as it is. */
export interface WireObject {
  readonly [field: string]: unknown;
}

export interface EnvironmentVariable {
  readonly name: string;
  /** `$(NAME)` is replaced by the kubelet; `$$` is a dollar. @default "" */
  readonly value?: string;
  /** In wire form: `fieldRef`, `secretKeyRef`, `configMapKeyRef`, `resourceFieldRef`. @default none */
  readonly valueFrom?: WireObject;
}

/** A volume by name, with its source in wire form: `{ name: 'events', emptyDir: {} }`. */
export interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  /** @default false */
  readonly readOnly?: boolean;
  /** Within the volume. @default its root */
  readonly subPath?: string;
}

/** When a probe runs, and when it has failed. What it asks is fixed. */
export interface ProbeTimings {
  /** @default Kubernetes' own, 0 */
  readonly initialDelaySeconds?: number;
  /** @default 15 for liveness, 10 for readiness and startup */
  readonly periodSeconds?: number;
  /** @default 5 */
  readonly timeoutSeconds?: number;
  /** @default 4 for liveness, 3 for readiness, 30 for startup */
  readonly failureThreshold?: number;
}

/** Names for an address, as a line of /etc/hosts. */
export interface HostAlias {
  readonly ip: string;
  readonly hostnames: readonly string[];
}

/** A container in wire form. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly [field: string]: unknown;
}

export interface Toleration {
  /** @default every key, with the operator Exists */
  readonly key?: string;
  /** @default "Equal" */
  readonly operator?: 'Equal' | 'Exists';
  /** @default "" */
  readonly value?: string;
  /** @default every effect */
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  /** Seconds. @default for ever */
  readonly tolerationSeconds?: number;
}

/** Quantities such as `{ cpu: '10m', memory: '80Mi' }`. */
export interface Resources {
  /** @default the limits */
  readonly requests?: Readonly<Record<string, string | number>>;
  /** @default none */
  readonly limits?: Readonly<Record<string, string | number>>;
}

/** A DaemonSet or Deployment in wire form. */
export interface Workload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}
