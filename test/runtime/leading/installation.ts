import { onTestFinished } from 'vitest';
import type { EventSource } from '../../../runtime/src/collection/event-source.ts';
import type { GapRecord, SinkRecord } from '../../../runtime/src/contract/event-record.ts';
import type { Answer, Sink } from '../../../runtime/src/delivery/sink.ts';
import { electionTimes } from '../../../runtime/src/election/election-options.ts';
import { runElector } from '../../../runtime/src/election/elector.ts';
import { leaseCodec } from '../../../runtime/src/election/lease-codec.ts';
import { lockKinds } from '../../../runtime/src/election/lock-kinds.ts';
import { OtherLocks, type OtherLocksOptions } from '../../../runtime/src/election/other-locks.ts';
import { Leader } from '../../../runtime/src/leading/leader.ts';
import type { LeaderOptions } from '../../../runtime/src/leading/leader-options.ts';
import type { Clock, Random } from '../../../runtime/src/support/clock.ts';
import type { Happening } from '../../../runtime/src/support/happening.ts';
import type { KubernetesObject, NamedObject } from '../../../runtime/src/support/kubernetes-object.ts';
import type { ConfigMap } from '../../../runtime/src/token/token-config-map.ts';
import { EventStore, type EventStoreOptions } from '../../support/event-source.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { NamedObjectStore, type Passage } from '../../support/named-object.ts';

export type SinkMode = 'accepts' | 'refuses' | 'loses answers' | 'hangs';

/** How long a sink waits for an answer. */
const sinkTimeoutMs = 60_000;

/** Where records end up. It outlives the collectors. */
export class Archive {
  readonly name: string;
  readonly required: boolean;
  readonly received: string[] = [];
  readonly gaps: GapRecord[] = [];
  readonly records: SinkRecord[] = [];
  mode: SinkMode = 'accepts';
  open = 0;

  constructor(name = 'archive', required = true) {
    this.name = name;
    this.required = required;
  }
}

/** A collector, from its start to its end. */
export interface Pod {
  readonly name: string;
  readonly leader: Leader;
  readonly told: readonly Happening[];
  /** Stops in order. @returns when it has ended */
  stop(): Promise<unknown>;
  /** From one moment to the next nothing of it runs any more; what it had sent may still arrive. */
  crash(): void;
  /** Its error, or undefined after an orderly end. */
  readonly ended: Promise<unknown>;
}

export interface InstallationOptions extends Partial<Omit<EventStoreOptions, 'clock'>> {
  readonly archives?: readonly Archive[];
  readonly random?: Random;
  /** How long a request may take to arrive, and its answer to come back. */
  readonly latencyMs?: number;
  readonly leader?: Partial<LeaderOptions>;
  readonly configMap?: ConfigMap;
}

export interface PodOptions {
  /** A lock of another kind that it looks at. */
  readonly other?: NamedObjectStore<KubernetesObject>;
  readonly lock?: NamedObjectStore<KubernetesObject>;
  readonly archives?: readonly Archive[];
}

/** Collectors on one cluster, with everything that they share. What still runs is stopped after the test. */
export class Installation {
  readonly clock: ManualClock = manualClock();
  readonly events: EventStore;
  readonly leases = new NamedObjectStore<KubernetesObject>({ resource: 'leases', name: 'datadog-leader-election' });
  /** The lock of a second release, which shares the token by mistake. */
  readonly secondLeases = new NamedObjectStore<KubernetesObject>({ resource: 'leases', name: 'second-lock' });
  readonly configMaps: NamedObjectStore<ConfigMap>;
  readonly archives: readonly Archive[];
  /** Everything that collectors asked of others, in order. */
  readonly timeline: string[] = [];
  clusterUid: string | undefined = 'cluster';
  /** After each request to the ConfigMap was applied. */
  onTokenWrite: () => void = () => undefined;
  readonly #options: InstallationOptions;
  readonly #random: Random;
  readonly #latencyMs: number;
  readonly #pods: { readonly life: { readonly alive: boolean }; readonly end: () => Promise<unknown> }[] = [];

  constructor(options: InstallationOptions = {}) {
    const {
      archives = [new Archive()],
      random = () => 0.5,
      latencyMs = 0,
      configMap,
      leader: _leader,
      ...store
    } = options;
    this.#options = options;
    this.#random = random;
    this.#latencyMs = latencyMs;
    this.archives = archives;
    this.events = new EventStore({ clock: this.clock, ...store });
    this.configMaps = new NamedObjectStore<ConfigMap>({
      resource: 'configmaps',
      name: 'datadogtoken',
      object: configMap ?? { apiVersion: 'v1', kind: 'ConfigMap' },
    });
    onTestFinished(() => this.end());
  }

  /** Stops what still runs. Throws the defect with which a collector ended. */
  async end(): Promise<void> {
    const running = this.#pods.splice(0).filter(({ life }) => life.alive);
    const ended = Promise.all(running.map(({ end }) => end()));
    if (running.length > 0) await this.clock.pass(60_000);
    for (const defect of await ended) if (defect !== undefined) throw defect as Error;
  }

  get key(): string | undefined {
    return this.configMaps.object?.data?.['event.tokenKey'];
  }

  get annotations(): Readonly<Record<string, string>> {
    return this.configMaps.object?.metadata?.annotations ?? {};
  }

  /** Starts a collector. */
  start(name: string, { lock = this.leases, archives = this.archives, other }: PodOptions = {}): Pod {
    const life = { alive: true };
    const stop = new AbortController();
    const told: Happening[] = [];
    const clock: Clock = {
      now: () => this.clock.now(),
      wallTime: () => this.clock.wallTime(),
      sleep: (ms, signal) => whileAlive(life, this.clock.sleep(ms, signal)),
    };
    const random = this.#random;
    const report = (happening: Happening) => void told.push(happening);
    const configMap = this.#named(life, this.configMaps, 'configmap', clock, name);
    const times = electionTimes(60_000);
    const leader = new Leader({
      configMap,
      lock: { resource: 'leases', name: lock === this.leases ? 'datadog-leader-election' : 'second-lock' },
      source: this.#source(life),
      readClusterUid: () => {
        this.timeline.push('get namespace');
        return whileAlive(life, Promise.resolve(this.clusterUid));
      },
      clusterName: undefined,
      sinks: archives.map((archive) => ({
        sink: this.#sink(life, archive),
        limits: { records: 500, bytes: 1_048_576 },
        retry: { initialMs: 500, maximumMs: 30_000 },
      })),
      startPolicy: 'all',
      eventTtlMs: this.#options.ttlMs ?? 3_600_000,
      isOneNamespace: false,
      leaseDurationMs: times.leaseDurationMs,
      retryPeriodMs: times.retryPeriodMs,
      checkpointIntervalMs: 5_000,
      drainTimeoutMs: 10_000,
      windowBytes: 8_388_608,
      clock,
      random,
      report,
      ...this.#options.leader,
    });
    const self = { identity: { podName: name, podUid: '', nonce: '11111111' }, healthPort: undefined };
    const ended = runElector(
      {
        self,
        ...(other === undefined ? {} : { others: otherLocks(other.client({ name, clock }), { self, clock, report }) }),
        lock: this.#named(life, lock, 'lease', clock, name),
        codec: leaseCodec,
        times,
        clock,
        random,
        report,
        lead: leader.lead.bind(leader),
        onRole: () => undefined,
      },
      stop.signal,
    ).catch((error: unknown) => error);
    const end = () => {
      stop.abort();
      return ended;
    };
    const crash = () => {
      life.alive = false;
    };
    this.#pods.push({ life, end });
    return { name, leader, told, stop: end, crash, ended };
  }

  /** Starts a collector and lets it take the lead. */
  async startLeader(name: string, options?: PodOptions): Promise<Pod> {
    const pod = this.start(name, options);
    await this.clock.pass(2_000);
    return pod;
  }

  /** Stops a collector and lets it drain. @returns how it ended */
  async stopInOrder(pod: Pod): Promise<unknown> {
    const ended = pod.stop();
    await this.clock.pass(20_000);
    return ended;
  }

  #named<T extends KubernetesObject>(
    life: { readonly alive: boolean },
    store: NamedObjectStore<T>,
    kind: string,
    clock: Clock,
    name: string,
  ) {
    const passage: Passage = async (apply, { verb, signal }) => {
      if (verb === 'frame') return whileAlive(life, Promise.resolve(apply()));
      this.timeline.push(`${verb} ${kind}`);
      return whileAlive(
        life,
        this.#travel(() => {
          const answer = apply();
          if (kind === 'configmap' && verb !== 'get') this.onTokenWrite();
          return answer;
        }, signal),
      );
    };
    return store.client({ name, clock, passage });
  }

  #source(life: { readonly alive: boolean }): EventSource {
    const { source } = this.events;
    const ask = <A>(verb: string, apply: () => Promise<A>, signal: AbortSignal) => {
      this.timeline.push(`${verb} events`);
      return whileAlive(life, this.#travel(apply, signal));
    };
    return {
      probe: (signal) => ask('probe', () => source.probe(signal), signal),
      list: (token, signal) => ask('list', () => source.list(token, signal), signal),
      canRead: (position, signal) => ask('exact list', () => source.canRead(position, signal), signal),
      watch: async (from, seconds, signal) => {
        const stream = await ask('watch', () => source.watch(from, seconds, signal), signal);
        return {
          acceptedAt: stream.acceptedAt,
          next: () => whileAlive(life, stream.next()),
          close: () => stream.close(),
        };
      },
      time: () => source.time(),
    };
  }

  #sink(life: { readonly alive: boolean }, archive: Archive): Sink {
    const send = async (batch: Parameters<Sink['send']>[0], signal: AbortSignal): Promise<Answer> => {
      const hangs = archive.mode === 'hangs';
      await this.clock.sleep(hangs ? sinkTimeoutMs : this.#delay(), signal);
      if (hangs) return { kind: 'retry', reason: 'no answer' };
      if (archive.mode === 'refuses') return { kind: 'retry', reason: 'down' };
      for (const record of batch) {
        archive.received.push(record.id);
        archive.records.push(record);
        if ('gap' in record) archive.gaps.push(record);
      }
      await this.clock.sleep(this.#delay(), signal);
      return archive.mode === 'loses answers' ? { kind: 'retry', reason: 'no answer' } : { kind: 'accepted' };
    };
    return {
      name: archive.name,
      required: archive.required,
      send: (batch, signal) => {
        this.timeline.push(`send ${archive.name}`);
        archive.open += 1;
        const answer = send(batch, signal).catch((): Answer => ({ kind: 'retry', reason: 'aborted' }));
        return whileAlive(
          life,
          answer.finally(() => (archive.open -= 1)),
        );
      },
      reopen: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
  }

  #delay(): number {
    return this.#latencyMs * this.#random();
  }

  async #travel<A>(apply: () => A | Promise<A>, signal: AbortSignal): Promise<A> {
    if (this.#latencyMs === 0) return apply();
    await this.clock.sleep(this.#delay(), signal);
    const answer = await apply();
    await this.clock.sleep(this.#delay(), signal);
    return answer;
  }
}

/** A process that crashed never hears of it. */
function whileAlive<A>(life: { readonly alive: boolean }, promise: Promise<A>): Promise<A> {
  return new Promise((resolve, reject) => {
    promise.then(
      (value) => life.alive && resolve(value),
      (error: unknown) => life.alive && reject(error as Error),
    );
  });
}

function otherLocks(
  lock: NamedObject<KubernetesObject>,
  shared: Pick<OtherLocksOptions, 'self' | 'clock' | 'report'>,
): OtherLocks {
  const { codec } = lockKinds.configmaps;
  const locks = [{ resource: 'configmaps' as const, codec, lock }];
  return new OtherLocks({ ...shared, own: 'leases', locks, requestTimeoutMs: 5_000 });
}
