import type { GapEnd } from '../contract/event-record.ts';
import { beginning, laterOf, type ResourceVersion } from '../support/resource-version.ts';
import type { LifetimeFacts, ResumeToken } from '../token/resume-token.ts';
import type { Probe } from './event-source.ts';
import { clockSlackMs } from './gap.ts';
import type { LifetimeEvidence } from './lifetime-evidence.ts';
import type { ServerMoment } from './server-moment.ts';
import { ProbeTrail } from './probe-trail.ts';
import { rewound } from './start-decision.ts';
import type { Window } from './window.ts';

/** Clocks, in milliseconds since 1970. */
export interface WallClocks {
  /** The API server's, as its last answer told it. */
  readonly api: () => number;
  /** The collector's own. */
  readonly own: () => number;
}

/** How far one term has come: what was read, what of it is settled, and since when that is known. */
export class Progress {
  readonly lifetime: LifetimeEvidence;
  readonly #window: Window;
  readonly #trail = new ProbeTrail();
  readonly #clocks: WallClocks;
  readonly #clusterUid: string | undefined;
  #history: number;
  #gapFrom: GapEnd | undefined;
  #live: ServerMoment | undefined;
  #highest: ResourceVersion;

  /**
   * @param start the token that the term's claim wrote
   */
  constructor(start: ResumeToken, window: Window, clocks: WallClocks, lifetime: LifetimeEvidence) {
    this.lifetime = lifetime;
    this.#window = window;
    this.#clocks = clocks;
    this.#clusterUid = start.clusterUid;
    this.#history = start.history;
    this.#gapFrom = start.gapFrom;
    this.#live = start.asOf === undefined ? undefined : { time: start.asOf, clockOffset: start.facts?.clockOffsetMs };
    this.#highest = start.position;
  }

  get history(): number {
    return this.#history;
  }

  /** The highest resourceVersion of Events seen in this history, delivered or not. */
  get highest(): ResourceVersion {
    return this.#highest;
  }

  /** The last moment at which reading was provably live, settled or not, in milliseconds of API-server time. */
  get live(): number | undefined {
    return this.#live?.time;
  }

  get liveMoment(): ServerMoment | undefined {
    return this.#live;
  }

  /** Where a gap begins whose record is not settled yet: it is the first record of a term, or stands at the end of a new history's first list. */
  get gapFrom(): GapEnd | undefined {
    const settled = this.#window.settledThrough > beginning && this.#window.settledRecords > 0;
    return settled ? undefined : this.#gapFrom;
  }

  saw(resourceVersion: ResourceVersion): void {
    this.#highest = laterOf(this.#highest, resourceVersion);
  }

  /** The store's resourceVersion was asked for. */
  probed({ resourceVersion, time }: Probe): void {
    this.saw(resourceVersion);
    this.#trail.add({ resourceVersion, time, clockOffset: this.clockOffset });
  }

  /** Everything up to `position` has been read, settled or not. */
  reached(position: ResourceVersion): void {
    const moment = this.#trail.reach(position);
    if (moment !== undefined) this.wasLive(moment.time, moment.clockOffset);
  }

  /**
   * Collection was provably live at `time`, in milliseconds of API-server time.
   *
   * @param clockOffset {@link clockOffset} when the server reported that time: another API server may have answered since
   */
  wasLive(time: number, clockOffset: number = this.clockOffset): void {
    const before = this.live;
    const isPlausible = before !== undefined && before <= this.#clocks.api() + clockSlackMs;
    if (isPlausible && time <= before) return;
    this.#live = { time, clockOffset };
  }

  /**
   * How far the API server's clock that reported `moment` was ahead of the one that answered last, in milliseconds, measured by the clocks of the
   * collectors; 0 where it is not known.
   */
  skewOf(moment: ServerMoment | undefined): number {
    return moment?.clockOffset === undefined ? 0 : this.clockOffset - moment.clockOffset;
  }

  /** The own clock minus that of the API server that answered last, in milliseconds. */
  get clockOffset(): number {
    return Math.round(this.#clocks.own() - this.#clocks.api());
  }

  /** What may be handed on now. As-of never covers what was read but is not settled. */
  get token(): ResumeToken {
    const position = this.#window.settledThrough;
    const { time: asOf, clockOffset } = this.#settledLive ?? {};
    return {
      position,
      asOf,
      history: this.#history,
      sinks: this.#window.aheadPositions,
      clusterUid: this.#clusterUid,
      gapFrom: this.gapFrom,
      facts: this.#factsAt(position, clockOffset),
    };
  }

  get #settledLive(): ServerMoment | undefined {
    const unsettled = this.#window.earliestUnsettled;
    if (this.#live === undefined || unsettled === undefined || unsettled.since >= this.#live.time) return this.#live;
    const { since: time, clockOffset } = unsettled;
    return Number.isFinite(time) ? { time, clockOffset } : undefined;
  }

  #factsAt(position: ResourceVersion, clockOffsetMs: number | undefined): LifetimeFacts | undefined {
    const facts = {
      observedMs: this.lifetime.observedMs,
      livingSince: this.lifetime.livingSince(position),
      clockOffsetMs,
    };
    return Object.values(facts).some((fact) => fact !== undefined) ? facts : undefined;
  }

  /** The store went back to an earlier state: a new history begins, and nothing of it is settled. */
  rewind(): void {
    const { history, gapFrom } = rewound(this.token);
    this.#window.rewind();
    this.#trail.clear();
    this.lifetime.forgetLiving();
    this.#history = history;
    this.#gapFrom = gapFrom;
    this.#highest = beginning;
  }
}
