import type { GapEnd } from '../contract/event-record.ts';
import { beginning, laterOf, type ResourceVersion } from '../support/resource-version.ts';
import type { ResumeToken } from '../token/resume-token.ts';
import { clockSlackMs } from './gap.ts';
import { rewound } from './start-decision.ts';
import type { Window } from './window.ts';

/** How far one term has come: what was read, what of it is settled, and since when that is known. */
export class Progress {
  readonly #window: Window;
  readonly #apiTime: () => number;
  readonly #clusterUid: string | undefined;
  #history: number;
  #gapFrom: GapEnd | undefined;
  #live: number | undefined;
  #highest: ResourceVersion;

  /**
   * @param start the token that the term's claim wrote
   * @param apiTime API-server time, in milliseconds since 1970
   */
  constructor(start: ResumeToken, window: Window, apiTime: () => number) {
    this.#window = window;
    this.#apiTime = apiTime;
    this.#clusterUid = start.clusterUid;
    this.#history = start.history;
    this.#gapFrom = start.gapFrom;
    this.#live = start.asOf;
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

  /** Collection was provably live at `time`, in milliseconds of API-server time. */
  wasLive(time: number): void {
    const before = this.#live;
    const isPlausible = before !== undefined && before <= this.#apiTime() + clockSlackMs;
    this.#live = isPlausible ? Math.max(before, time) : time;
  }

  /** What may be handed on now. As-of never covers what was read but is not settled. */
  get token(): ResumeToken {
    const position = this.#window.settledThrough;
    const asOf = Math.min(
      this.#live ?? Number.NEGATIVE_INFINITY,
      this.#window.unsettledSince ?? Number.POSITIVE_INFINITY,
    );
    return {
      position,
      asOf: Number.isFinite(asOf) ? asOf : undefined,
      history: this.#history,
      sinks: this.#window.aheadPositions,
      clusterUid: this.#clusterUid,
      gapFrom: this.gapFrom,
    };
  }

  /** The store went back to an earlier state: a new history begins, and nothing of it is settled. */
  rewind(): void {
    const { history, gapFrom } = rewound(this.token);
    this.#window.rewind();
    this.#history = history;
    this.#gapFrom = gapFrom;
    this.#highest = beginning;
  }
}
