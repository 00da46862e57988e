import { App, Chart, Yaml } from 'cdk8s';
import { collectorManifests, EventCollector, type EventCollectorProps } from '../../src/index.ts';

/** Rendered objects, as far as tests look into them. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly rules?: readonly PolicyRule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly Variable[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly: boolean }[];
  readonly livenessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly resources: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly securityContext: Readonly<Record<string, unknown>>;
}

export interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

export interface PodSpec {
  readonly affinity?: unknown;
  readonly tolerations?: readonly unknown[];
  readonly topologySpreadConstraints?: readonly { readonly labelSelector: Selector }[];
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly [Container];
  readonly initContainers?: readonly unknown[];
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
}

export interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

/** A DaemonSet or Deployment. */
export interface Workload extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly strategy?: unknown;
    readonly updateStrategy?: unknown;
    readonly selector: Selector;
    readonly template: {
      readonly metadata: {
        readonly labels: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
      };
      readonly spec: PodSpec;
    };
  };
}

export function manifests(props: EventCollectorProps = {}): readonly Manifest[] {
  return collectorManifests(props) as readonly Manifest[];
}

export function manifestOf(kind: string, props: EventCollectorProps = {}): Manifest {
  const [found, ...others] = manifests(props).filter((manifest) => manifest.kind === kind);
  if (found === undefined || others.length > 0) throw new Error(`not exactly one ${kind} was rendered`);
  return found;
}

export function daemonSet(props: EventCollectorProps = {}): Workload {
  return manifestOf('DaemonSet', props) as Workload;
}

export function workloads(props: EventCollectorProps): readonly Workload[] {
  return workloadsAmong(manifests(props));
}

export function workloadsAmong(rendered: readonly Manifest[]): readonly Workload[] {
  return rendered.filter(({ kind }) => kind === 'DaemonSet' || kind === 'Deployment') as readonly Workload[];
}

export function kindsOf(props: EventCollectorProps): readonly string[] {
  return manifests(props).map(({ kind }) => kind);
}

/** Collectors in a chart of their own. */
export function collectorOf(props: EventCollectorProps = {}): EventCollector {
  return new EventCollector(new Chart(new App(), 'chart', { disableResourceNameHashes: true }), 'collector', props);
}

export function renderedBy(collector: EventCollector): readonly Manifest[] {
  return Chart.of(collector).toJson() as readonly Manifest[];
}

/** As `cdk8s synth` writes it. */
export function asYaml(rendered: readonly object[]): string {
  return Yaml.stringify(...rendered);
}

/** What the props are refused with; none where they are not. */
export function problemsWith(props: EventCollectorProps): readonly string[] {
  try {
    collectorManifests(props);
  } catch (error) {
    return (error as Error).message.split('\n  ').slice(1);
  }
  return [];
}
