/**
 * One set of collectors on a control plane: the synthesized objects applied, pods as processes, and what they delivered.
 *
 * All pods append to one file, whose order is the true order of arrival across them; standard output tells when something arrived and from whom.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';
import { lockResourceOf } from '../../runtime/src/contract/lock-resource.ts';
import { defaultLockName, defaultTokenName } from '../../runtime/src/contract/names.ts';
import { collectorManifests } from '../../src/manifests.ts';
import type { CollectorSettings, EventCollectorProps } from '../../src/index.ts';
import type { ManifestObject } from '../cluster/admin-client.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { freePort } from '../cluster/server.ts';
import { writeServiceAccountFolder } from '../cluster/service-account.ts';
import { sweepAbandoned } from '../cluster/sweep.ts';
import { type Account, settleAccount } from './account.ts';
import { parseRecord, readDeliveries } from './deliveries.ts';
import { type Lock, lockCollection, type LockObject, readLock } from './lock.ts';
import { Pod } from './pod.ts';
import { settle, type SettlingOptions } from './settling.ts';
import { until } from './until.ts';
import { Workload } from './workload.ts';

interface EnvironmentEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

interface WorkloadObject extends ManifestObject {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly [{ readonly env: readonly EnvironmentEntry[] }] };
    };
  };
}

export interface Lease {
  readonly metadata: { readonly resourceVersion: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly holderIdentity?: string; readonly leaseTransitions?: number; readonly renewTime?: string };
}

export interface TokenConfigMap {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
}

export interface InstallationOptions {
  readonly namespace: string;
  readonly settings?: CollectorSettings;
  readonly props?: Omit<EventCollectorProps, 'namespace' | 'settings'>;
  readonly onRecord?: (pod: Pod, record: SinkRecord, at: number) => void;
  /** The Node that pods run on. @default the one that runs this */
  readonly node?: string;
}

/** Where a pod finds the API server, and the authority that it trusts for it. */
export interface ApiEndpoint {
  readonly host: string;
  readonly port: number;
  /** Undefined without TLS, which no pod can do with. */
  readonly ca: string | undefined;
}

export interface PodPlacement {
  /** Instead of the API server itself: something that stands before it. */
  readonly through?: ApiEndpoint;
}

/** As much of a control plane as an installation needs. */
export type Reachable = Pick<ControlPlane, 'admin' | 'host' | 'port' | 'ca'>;

const folderPrefix = 'eventbaton-trial-';

export class Installation<Plane extends Reachable = ControlPlane> {
  readonly namespace: string;
  readonly plane: Plane;
  /** What it is synthesized from, the sinks of a trial included. */
  readonly props: EventCollectorProps;
  readonly manifests: readonly ManifestObject[];
  /** What the file sinks of all pods append to. */
  readonly file: string;
  readonly pods: Pod[] = [];
  readonly #options: InstallationOptions;
  readonly #folder: string;
  /** By the name of the pod. */
  readonly #endpoints = new Map<string, ApiEndpoint>();
  /** Pods that have a name, of which some may not have started yet. */
  #named = 0;

  constructor(plane: Plane, options: InstallationOptions, folder: string) {
    this.plane = plane;
    this.namespace = options.namespace;
    this.file = join(folder, 'events.jsonl');
    this.#options = options;
    this.#folder = folder;
    const sinks = [{ type: 'stdout' as const }, { type: 'file' as const, path: this.file }];
    this.props = { ...options.props, namespace: this.namespace, settings: { sinks, ...options.settings } };
    this.manifests = collectorManifests(this.props) as readonly ManifestObject[];
  }

  /** Makes the namespace and applies the synthesized objects. */
  static async apply<Plane extends Reachable>(
    plane: Plane,
    options: InstallationOptions,
  ): Promise<Installation<Plane>> {
    const installation = await Installation.prepare(plane, options);
    await installation.applyObjects(installation.manifests);
    return installation;
  }

  /** On this machine only: nothing is applied yet. */
  static async prepare<Plane extends Reachable>(
    plane: Plane,
    options: InstallationOptions,
  ): Promise<Installation<Plane>> {
    await sweepAbandoned(folderPrefix);
    const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
    return new Installation(plane, options, folder);
  }

  async applyObjects(objects: readonly ManifestObject[]): Promise<void> {
    await this.plane.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } });
    for (const object of objects) await this.plane.admin.apply(object);
  }

  /** A workload whose Events this installation is accounted for. */
  workload(prefix?: string): Workload {
    return new Workload(this.plane.admin, this.namespace, prefix);
  }

  /** Adds a pod with its first process. @param overrides environment beyond the synthesized one */
  async addPod(
    overrides: Readonly<Record<string, string>> = {},
    { through = this.plane }: PodPlacement = {},
  ): Promise<Pod> {
    const name = `collector-${this.#named}`;
    this.#named += 1;
    const serviceAccountFolder = join(this.#folder, name);
    this.#endpoints.set(name, through);
    await this.#mountServiceAccount(serviceAccountFolder, through);
    const healthPort = await freePort();
    const environment = {
      ...this.#environmentOf(name),
      EVENTBATON_SERVICE_ACCOUNT_DIR: serviceAccountFolder,
      KUBERNETES_SERVICE_HOST: through.host,
      KUBERNETES_SERVICE_PORT: String(through.port),
      DD_HEALTH_PORT: String(healthPort),
      ...overrides,
    };
    const { onRecord, node = process.execPath } = this.#options;
    const pod = new Pod({ name, healthPort, environment, node, ...(onRecord === undefined ? {} : { onRecord }) });
    this.pods.push(pod);
    await pod.start();
    return pod;
  }

  /** A fresh token in its service-account folder, as a kubelet rotates it. */
  async rotateToken({ name }: Pod): Promise<void> {
    await this.#mountServiceAccount(join(this.#folder, name), this.#endpoints.get(name));
  }

  async addPods(count: number, overrides?: Readonly<Record<string, string>>, placement?: PodPlacement): Promise<void> {
    for (let index = 0; index < count; index += 1) await this.addPod(overrides, placement);
  }

  /** The pod that the lock names, once it names a running one. @param other than this one */
  async leader(other?: Pod, limitMs?: number): Promise<Pod> {
    return until(
      `a leader in namespace ${this.namespace}`,
      async () => {
        const holder = (await this.lock())?.record.holderIdentity ?? '';
        return this.pods.find((pod) => pod !== other && pod.isRunning && holder === pod.identity);
      },
      limitMs === undefined ? {} : { limitMs },
    );
  }

  /**
   * Waits until the first list is over. It is one unit: of what it holds, a hand-over before it is settled sends all again. What is written
   * from now on comes after it, on the watch.
   */
  async listed(): Promise<void> {
    const isListed = ({ log }: Pod) => log.some(({ message }) => message === 'listed');
    await until('the first list', () => this.pods.some(isListed) || undefined);
  }

  async lease(): Promise<Lease | undefined> {
    const { settings } = this.#options;
    const path = `${lockCollection('leases', this.namespace)}/${settings?.leaderLeaseName ?? defaultLockName}`;
    const { status, body } = await this.plane.admin.send<Lease>('GET', path);
    return status === 200 ? body : undefined;
  }

  /** The lock of the kind that the settings name. */
  async lock(): Promise<Lock | undefined> {
    const { status, body } = await this.plane.admin.send<LockObject>('GET', this.lockPath);
    return status === 200 ? readLock(body) : undefined;
  }

  get lockPath(): string {
    const { leaderElectionDefaultResource = 'lease', leaderLeaseName = defaultLockName } = this.#options.settings ?? {};
    return `${lockCollection(lockResourceOf(leaderElectionDefaultResource), this.namespace)}/${leaderLeaseName}`;
  }

  async tokenConfigMap(): Promise<TokenConfigMap | undefined> {
    const { status, body } = await this.plane.admin.send<TokenConfigMap>('GET', this.tokenPath);
    return status === 200 ? body : undefined;
  }

  get tokenPath(): string {
    return `/api/v1/namespaces/${this.namespace}/configmaps/${this.#options.settings?.tokenName ?? defaultTokenName}`;
  }

  /** The furthest position that is stored anywhere. */
  async storedPosition(): Promise<bigint> {
    const copy = (await this.lock())?.position ?? 0n;
    const key = BigInt((await this.tokenConfigMap())?.data?.['event.tokenKey'] ?? 0);
    return copy > key ? copy : key;
  }

  /** Ids that have arrived although no stored token covers them: what a crash at this moment may send again. */
  async idsBeyondToken(): Promise<readonly string[]> {
    const position = await this.storedPosition();
    return (await this.deliveries()).flatMap((record) =>
      'event' in record && BigInt(record.event.resourceVersion) > position ? [record.id] : [],
    );
  }

  /** What arrived in the file, with this namespace's Events only. */
  async deliveries(): Promise<readonly SinkRecord[]> {
    return (await readDeliveries(this.file)).filter((record) => this.#isOwn(record));
  }

  /** What arrived on the standard outputs, with this namespace's Events only: API servers write Events of their own. */
  streamed(): readonly SinkRecord[] {
    const records = this.pods.flatMap(({ output }) => output.flatMap(({ text }) => parseRecord(text) ?? []));
    return records.filter((record) => this.#isOwn(record));
  }

  async account(...workloads: readonly Workload[]): Promise<Account> {
    const written = workloads.flatMap((workload) => workload.written);
    const uncertain = new Set(workloads.flatMap((workload) => [...workload.uncertain]));
    return settleAccount(written, await this.deliveries(), uncertain);
  }

  /** Waits until nothing of what was written is missing, or until nothing more arrives. */
  async settled(workloads: readonly Workload[], options?: SettlingOptions): Promise<Account> {
    return settle(() => this.account(...workloads), options);
  }

  /** What all pods said, for a person who looks for a cause. */
  get logs(): string {
    return this.pods.map(({ name, log }) => [name, ...log.map(describeLine)].join('\n  ')).join('\n');
  }

  /** Ends what runs, and removes what was written to disk. */
  async remove(): Promise<void> {
    await Promise.all(this.pods.map((pod) => pod.stop('SIGKILL')));
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #mountServiceAccount(folder: string, { ca }: Partial<ApiEndpoint> = {}): Promise<void> {
    if (ca === undefined) throw new Error(`${folder}: a pod reaches its API server by TLS only`);
    const account = { namespace: this.namespace, name: 'eventbaton', folder };
    await writeServiceAccountFolder({ admin: this.plane.admin, ca }, account);
  }

  #isOwn(record: SinkRecord): boolean {
    return 'gap' in record || record.event.namespace === this.namespace;
  }

  /** As a kubelet would make it for a pod of the synthesized workload. */
  #environmentOf(podName: string): Record<string, string> {
    const workload = this.manifests.find(({ kind }) => kind === 'DaemonSet') as WorkloadObject;
    const fields: Readonly<Record<string, string>> = {
      'metadata.name': podName,
      'metadata.uid': randomUUID(),
      'metadata.namespace': this.namespace,
      'spec.nodeName': `node-of-${podName}`,
    };
    const entries = workload.spec.template.spec.containers[0].env.map(({ name, value, valueFrom }) => [
      name,
      valueFrom === undefined ? (value ?? '').replaceAll('$$', '$') : fields[valueFrom.fieldRef.fieldPath],
    ]);
    return Object.fromEntries(entries) as Record<string, string>;
  }
}

function describeLine({ time, level, message, at: _at, ...fields }: Pod['log'][number]): string {
  return [String(time).slice(11, 23), level, message, JSON.stringify(fields)].join(' ');
}
