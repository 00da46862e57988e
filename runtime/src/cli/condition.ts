import { productVersion } from '../contract/names.ts';
import type { Settings } from '../contract/settings.ts';
import type { Role } from '../election/elector.ts';
import { nothingSeen } from '../election/observation.ts';
import type { Leader } from '../leading/leader.ts';
import type { CollectorMetrics, MetricSources } from '../operations/collector-metrics.ts';
import { isLive, isReady, type Vitals } from '../operations/health.ts';
import type { HealthPages } from '../operations/health-server.ts';
import { type SinkStates, type Status, warningsFor } from '../operations/status.ts';
import type { Happening } from '../support/happening.ts';
import type { Clock } from '../support/clock.ts';
import type { Surroundings } from './surroundings.ts';

/** What a collector is doing at the moment, for its pages. */
export class Condition {
  readonly #settings: Settings;
  readonly #identity: string;
  readonly #sinks: SinkStates;
  readonly #clock: Clock;
  #heartbeatAt: number;
  #role: Role | undefined;
  #leader: Leader | undefined;
  #apiTime: () => number;
  #lockSeen = false;
  #heldBackBy: string | undefined;

  constructor(settings: Settings, identity: string, sinks: SinkStates, clock: Clock) {
    this.#settings = settings;
    this.#identity = identity;
    this.#sinks = sinks;
    this.#clock = clock;
    this.#heartbeatAt = clock.now();
    this.#apiTime = () => clock.wallTime();
  }

  /** Collection implies election. */
  get electing(): boolean {
    return this.#settings.collectKubernetesEvents || this.#settings.leaderElection;
  }

  beat(): void {
    this.#heartbeatAt = this.#clock.now();
  }

  enter(role: Role): void {
    this.#lockSeen ||= role.role === 'leader';
    this.#role = role;
  }

  note(happening: Happening): void {
    if (happening.what === 'held back') this.#heldBackBy = happening.by;
    if (happening.what === 'term over' || happening.what === 'lock released by us') this.#heldBackBy = undefined;
  }

  watchOver(leader: Leader, apiTime: () => number): void {
    this.#leader = leader;
    this.#apiTime = apiTime;
  }

  pages(metrics: CollectorMetrics): HealthPages {
    return {
      live: () => isLive(this.#vitals(), this.#clock.now()),
      ready: () => isReady(this.#vitals()),
      metrics: () => metrics.render(),
      status: () => this.#status(),
    };
  }

  metricSources(usage: Surroundings['usage']): MetricSources {
    return {
      leading: () => this.#role?.role === 'leader',
      heldBack: () => this.#heldBackBy !== undefined,
      term: () => (this.#role?.role === 'leader' ? this.#role.leadership.term.number : undefined),
      windowBytes: () => this.#leader?.work?.window.bytes,
      windowRecords: () => this.#leader?.work?.window.records,
      tokenAgeSeconds: () => this.#ageSeconds(this.#leader?.work?.progress.token.asOf),
      unsettledAgeSeconds: () => this.#ageSeconds(this.#leader?.work?.window.unsettledSince),
      secondsToLoss: () => this.secondsToLoss,
      observedTtlSeconds: () => this.#observedTtl,
      sinkFailingSeconds: () => this.#sinks.failingSeconds,
      processCpuSeconds: () => usage().cpuSeconds,
      processResidentBytes: () => usage().residentBytes,
      logLinesDropped: () => usage().logLinesDropped,
    };
  }

  /** Until Events may expire undelivered, counted from the last moment up to which all is settled; undefined while that is not known. */
  get secondsToLoss(): number | undefined {
    const ageSeconds = this.#ageSeconds(this.#leader?.work?.progress.token.asOf);
    const ttl = Math.min(this.#settings.eventTtl, this.#observedTtl ?? Number.POSITIVE_INFINITY);
    return ageSeconds === undefined ? undefined : Math.max(0, ttl - ageSeconds);
  }

  /** In seconds; undefined while nothing shows that the setting is wrong. */
  get #observedTtl(): number | undefined {
    const ms = this.#leader?.work?.progress.lifetime.observedMs;
    return ms === undefined ? undefined : Math.round(ms / 1_000);
  }

  #vitals(): Vitals {
    const role = this.#role;
    if (role?.role === 'candidate') this.#lockSeen ||= role.campaign.follower.ready;
    return {
      heartbeatAt: this.#heartbeatAt,
      termValidUntil: role?.role === 'leader' ? role.leadership.term.validUntil : undefined,
      electing: this.electing,
      lockSeen: this.#lockSeen,
    };
  }

  #status(): Status {
    const role = this.#role;
    const work = this.#leader?.work;
    const window =
      work === undefined
        ? undefined
        : { bytes: work.window.bytes, records: work.window.records, full: !work.window.hasRoom };
    const holder = this.#holder(role);
    const { secondsToLoss } = this;
    const observedTtl = this.#observedTtl;
    const heldBackBy = this.#heldBackBy;
    const endangered = {
      ...(heldBackBy === undefined ? {} : { heldBackBy }),
      ...(observedTtl === undefined ? {} : { eventTtl: { setting: this.#settings.eventTtl, observed: observedTtl } }),
      ...(window === undefined ? {} : { window }),
      ...(secondsToLoss === undefined ? {} : { secondsToLoss }),
      sinks: this.#sinks.all,
    };
    return {
      version: productVersion,
      identity: this.#identity,
      role: role?.role ?? 'off',
      ...(holder === undefined ? {} : { holder }),
      ...(role?.role === 'leader' ? { term: role.leadership.term.number } : {}),
      ...(work === undefined ? {} : { token: this.#tokenStatus(work.progress.token) }),
      ...endangered,
      warnings: warningsFor(endangered),
    };
  }

  /** One whose lease ran out, as far as this process has seen, holds nothing any more, whoever takes it next. */
  #holder(role: Role | undefined): string | undefined {
    if (role?.role === 'leader') return role.leadership.term.holder;
    const { record, since } = role?.campaign.follower.seen ?? nothingSeen;
    const inTime = record !== undefined && this.#clock.now() < since + record.leaseDurationMs;
    return (inTime && record.holderIdentity) || undefined;
  }

  #tokenStatus({
    position,
    history,
    asOf,
  }: {
    position: bigint;
    history: number;
    asOf: number | undefined;
  }): NonNullable<Status['token']> {
    const ageSeconds = this.#ageSeconds(asOf);
    return {
      position: String(position),
      history,
      ...(asOf === undefined ? {} : { asOf: new Date(asOf).toISOString() }),
      ...(ageSeconds === undefined ? {} : { ageSeconds }),
    };
  }

  #ageSeconds(time: number | undefined): number | undefined {
    return time === undefined ? undefined : Math.max(0, Math.round(this.#apiTime() - time) / 1_000);
  }
}
