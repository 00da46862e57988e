/** Puts one collector together: settings in, elector, leader and pages running. */
import { lockResourceOf } from '../contract/lock-resource.ts';
import { productName, productVersion } from '../contract/names.ts';
import { recordFields } from '../contract/record-fields.ts';
import type { Settings } from '../contract/settings.ts';
import { electionTimes } from '../election/election-options.ts';
import { type Role, runElector } from '../election/elector.ts';
import { formatIdentity, type Identity } from '../election/leader-record.ts';
import { type LockKind, lockKinds, otherKinds } from '../election/lock-kinds.ts';
import { OtherLocks } from '../election/other-locks.ts';
import { ApiClient } from '../kube/api-client.ts';
import { clusterUidReader } from '../kube/cluster.ts';
import { createEventSource } from '../kube/event-source.ts';
import { createNamedObject } from '../kube/named-object.ts';
import { Leader } from '../leading/leader.ts';
import type { SinkWiring } from '../leading/leader-options.ts';
import { type CollectorMetrics, createCollectorMetrics } from '../operations/collector-metrics.ts';
import { type HealthServer, startHealthServer } from '../operations/health-server.ts';
import type { Log } from '../operations/log.ts';
import { createNarrator } from '../operations/narrator.ts';
import { SinkStates } from '../operations/status.ts';
import { createSink } from '../sinks/registry.ts';
import { pause } from '../support/clock.ts';
import type { Happening } from '../support/happening.ts';
import { untilAborted } from '../support/signals.ts';
import { Condition } from './condition.ts';
import { findAccess } from './connect.ts';
import type { Surroundings } from './surroundings.ts';

/** Settings that were found good, and the file that they came from, if any. */
export interface UsableSettings {
  readonly settings: Settings;
  readonly file: string | undefined;
}

export class Collector {
  readonly #settings: Settings;
  readonly #settingsFile: string | undefined;
  readonly #surroundings: Surroundings;
  readonly #log: Log;
  readonly #identity: Identity;
  readonly #sinks: readonly SinkWiring[];
  readonly #condition: Condition;
  readonly #metrics: CollectorMetrics;
  #isCutShort = false;
  readonly #report: (happening: Happening) => void;

  constructor({ settings, file }: UsableSettings, surroundings: Surroundings, log: Log) {
    const { clock, usage, stdout, environment } = surroundings;
    const sinkStates = new SinkStates(settings.sinks, () => clock.wallTime());
    const narrate = createNarrator(
      log,
      () => clock.now(),
      () => this.#condition.secondsToLoss,
    );
    const report = (happening: Happening) => this.#report(happening);
    this.#settings = settings;
    this.#settingsFile = file;
    this.#surroundings = surroundings;
    this.#log = log;
    this.#identity = identityOf(settings, surroundings);
    this.#sinks = settings.sinks.map((sink) => ({
      sink: createSink(sink, { stdout, environment, clock, report }),
      limits: sink.batch,
      retry: { initialMs: sink.retry.initial * 1_000, maximumMs: sink.retry.maximum * 1_000 },
    }));
    this.#condition = new Condition(settings, formatIdentity(this.#identity), sinkStates, clock);
    this.#metrics = createCollectorMetrics(this.#condition.metricSources(usage), {
      version: productVersion,
      lockName: settings.leaderLeaseName,
    });
    this.#report = (happening) => {
      narrate(happening);
      this.#metrics.count(happening);
      sinkStates.note(happening);
      this.#condition.note(happening);
      this.#noteEnd(happening);
    };
  }

  /**
   * Runs until the stop signal, and to the end of what was under way then. Throws SETTINGS_INVALID, or a defect.
   *
   * @returns `cut short` if open requests were given up, or the lock was not released
   */
  async run(): Promise<'handed over' | 'cut short'> {
    const { stop, onHangUp } = this.#surroundings;
    const { healthPort, nodeName } = this.#settings;
    onHangUp(() => void Promise.all(this.#sinks.map(({ sink }) => sink.reopen())));
    const server = await startHealthServer(healthPort, this.#condition.pages(this.#metrics));
    this.#log('info', 'started', {
      version: productVersion,
      identity: formatIdentity(this.#identity),
      node: nodeName || undefined,
      healthPort: server.port,
      settings: this.#settingsFile ?? 'environment',
    });
    const heart = new AbortController();
    const beating = this.#beat(heart.signal);
    try {
      if (this.#condition.electing) await this.#elect(server);
      else await untilAborted(stop);
    } finally {
      heart.abort();
      await beating;
      await server.close();
    }
    return this.#isCutShort ? 'cut short' : 'handed over';
  }

  /** What goes wrong after a stop. */
  #noteEnd(happening: Happening): void {
    if (!this.#surroundings.stop.aborted) return;
    const { what } = happening;
    this.#isCutShort ||=
      what === 'release failed' ||
      what === 'term over' ||
      what === 'lock left behind' ||
      (what === 'drain' && happening.outcome === 'given up');
  }

  async #elect(server: HealthServer): Promise<void> {
    const { clock, random, stop } = this.#surroundings;
    const settings = this.#settings;
    const sinks = this.#sinks;
    const report = this.#report;
    const { client, namespace } = await this.#connect();
    const times = electionTimes(settings.leaderLeaseDuration * 1_000);
    const kind = lockResourceOf(settings.leaderElectionDefaultResource);
    const leader = new Leader({
      configMap: createNamedObject({
        client,
        apiVersion: 'v1',
        resource: 'configmaps',
        namespace,
        name: settings.tokenName,
        clock,
      }),
      lock: { resource: kind, name: settings.leaderLeaseName },
      source: createEventSource({
        client,
        namespace: settings.namespace || undefined,
        probeNamespace: namespace,
        clock,
      }),
      readClusterUid: clusterUidReader(client, report),
      clusterName: settings.clusterName || undefined,
      recordFields: recordFields(settings),
      sinks,
      startPolicy: settings.startFrom,
      eventTtlMs: settings.eventTtl * 1_000,
      isOneNamespace: settings.namespace !== '',
      leaseDurationMs: times.leaseDurationMs,
      retryPeriodMs: times.retryPeriodMs,
      checkpointIntervalMs: settings.checkpointInterval * 1_000,
      drainTimeoutMs: settings.drainTimeout * 1_000,
      windowBytes: settings.windowBytes,
      clock,
      random,
      report,
    });
    this.#condition.watchOver(leader, () => client.time.now());
    const self = { identity: this.#identity, healthPort: settings.healthPort === 0 ? undefined : server.port };
    const lockOf = ({ apiVersion, resource, codec }: LockKind) => {
      const { leaderLeaseName: name } = settings;
      return { resource, codec, lock: createNamedObject({ client, apiVersion, resource, namespace, name, clock }) };
    };
    const locks = otherKinds(kind).map(lockOf);
    const { requestTimeoutMs } = times;
    const options = {
      ...lockOf(lockKinds[kind]),
      self,
      others: new OtherLocks({ self, own: kind, locks, requestTimeoutMs, clock, report }),
      times,
      clock,
      random,
      report,
      lead: settings.collectKubernetesEvents ? leader.lead.bind(leader) : untilStopOrOver,
      onRole: (role: Role) => this.#condition.enter(role),
    };
    try {
      await runElector(options, stop);
    } finally {
      await Promise.all(sinks.map(({ sink }) => sink.close()));
    }
  }

  async #connect(): Promise<{ readonly client: ApiClient; readonly namespace: string }> {
    const { clock } = this.#surroundings;
    const { connection, namespace } = await findAccess(this.#settings, this.#surroundings);
    this.#log('info', 'connecting', {
      server: `${connection.host}:${connection.port}`,
      through: connection.origin,
      namespace,
    });
    const userAgent = `${productName}/${productVersion} (${formatIdentity(this.#identity)})`;
    return { client: new ApiClient({ connection, userAgent, clock, report: this.#report }), namespace };
  }

  /** Shows that the event loop turns. */
  async #beat(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#condition.beat();
      await pause(this.#surroundings.clock, 1_000, signal);
    }
  }
}

/** Election without collection: others may ask the lock who leads. */
async function untilStopOrOver(
  { term }: { readonly term: { readonly signal: AbortSignal } },
  stop: AbortSignal,
): Promise<void> {
  await untilAborted(stop, term.signal);
}

function identityOf({ podName, podUid }: Settings, { hostName, nonce }: Surroundings): Identity {
  return { podName: podName || hostName, podUid: podUid.replaceAll('-', '').slice(0, 8), nonce };
}
