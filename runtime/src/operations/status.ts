import type { Happening } from '../support/happening.ts';

/** Answer of /status. Times are RFC 3339; nothing in it comes from the content of an event. */
export interface Status {
  readonly version: string;
  readonly identity: string;
  readonly role: 'off' | 'candidate' | 'leader';
  readonly holder?: string;
  readonly term?: number;
  readonly token?: {
    readonly position: string;
    readonly history: number;
    readonly asOf?: string;
    readonly ageSeconds?: number;
  };
  readonly window?: { readonly bytes: number; readonly records: number; readonly full: boolean };
  /** Until Events may expire undelivered, if delivery does not go on; at the most their lifetime. */
  readonly secondsToLoss?: number;
  /** Why a leader does not collect: somebody else leads by another lock, or has claimed the token. */
  readonly heldBackBy?: string;
  /** In seconds; only while Events do not live as long as the setting says. */
  readonly eventTtl?: { readonly setting: number; readonly observed: number };
  readonly sinks: readonly SinkStatus[];
  readonly warnings: readonly string[];
}

export interface SinkStatus {
  readonly name: string;
  readonly required: boolean;
  readonly state: 'ok' | 'retrying' | 'misconfigured';
  /** Records accepted in this process. */
  readonly delivered: number;
  /** Since when it has not accepted what it was sent. */
  readonly failingSince?: string;
  readonly lastError?: string;
}

/** Keeps each sink's state from what happened. */
export class SinkStates {
  readonly #states: Map<string, SinkStatus>;
  readonly #wallTime: () => number;

  /** @param wallTime milliseconds since 1970 */
  constructor(sinks: readonly { readonly name: string; readonly required: boolean }[], wallTime: () => number) {
    this.#wallTime = wallTime;
    this.#states = new Map(sinks.map(({ name, required }) => [name, { name, required, state: 'ok', delivered: 0 }]));
  }

  get all(): readonly SinkStatus[] {
    return [...this.#states.values()];
  }

  /** For how long each sink has failed. */
  get failingSeconds(): ReadonlyMap<string, number> {
    const now = this.#wallTime();
    const seconds = ({ failingSince }: SinkStatus) =>
      failingSince === undefined ? 0 : Math.max(0, (now - Date.parse(failingSince)) / 1_000);
    return new Map(this.all.map((sink) => [sink.name, seconds(sink)]));
  }

  note(happening: Happening): void {
    // Whoever does not lead sends nothing: the sinks are for the next leader to tell of.
    if (happening.what === 'term over')
      for (const { name, required, delivered } of this.all)
        this.#states.set(name, { name, required, state: 'ok', delivered });
    if (happening.what !== 'batch accepted' && happening.what !== 'batch retried' && happening.what !== 'batch refused')
      return;
    const before = this.#states.get(happening.sink);
    if (before === undefined) return;
    this.#states.set(happening.sink, after(before, happening, this.#wallTime()));
  }
}

function after(
  before: SinkStatus,
  happening: Extract<Happening, { what: 'batch accepted' | 'batch refused' | 'batch retried' }>,
  wallTime: number,
): SinkStatus {
  if (happening.what !== 'batch accepted') {
    // While it is being found out what a sink refuses, it may be everything.
    const misconfigured =
      happening.what === 'batch retried' ? happening.misconfigured : before.state === 'misconfigured';
    const failingSince = before.failingSince ?? new Date(wallTime).toISOString();
    const state = misconfigured ? 'misconfigured' : 'retrying';
    return { ...before, state, failingSince, lastError: happening.reason };
  }
  const { name, required, delivered } = before;
  return { name, required, state: 'ok', delivered: delivered + happening.records };
}

/** What endangers completeness, said before it does harm. */
export function warningsFor({
  window,
  sinks,
  secondsToLoss,
  eventTtl,
  heldBackBy,
}: Pick<Status, 'window' | 'sinks' | 'secondsToLoss' | 'eventTtl' | 'heldBackBy'>): readonly string[] {
  const down = sinks.filter(({ state, required }) => required && state !== 'ok');
  const left =
    secondsToLoss === undefined ? '' : `; in ${Math.ceil(secondsToLoss / 60)} minutes Events begin to expire unread`;
  const warnings = down.map(
    ({ name, state, failingSince, lastError }) =>
      `sink ${name} is ${state} since ${failingSince ?? '?'}: ${lastError ?? ''}`,
  );
  if (heldBackBy !== undefined) warnings.push(`leading, but not collecting: ${heldBackBy}`);
  if (eventTtl !== undefined) {
    const { setting, observed } = eventTtl;
    warnings.push(
      `Events live ${observed} s, not ${setting} s as EVENTBATON_EVENT_TTL says: gaps are uncertain until it equals the API server's --event-ttl`,
    );
  }
  if (window?.full !== true) return warnings;
  const blame =
    down.length === 0 ? 'sinks are slower than the cluster' : `sink ${down.map(({ name }) => name).join(', ')}`;
  return [
    ...warnings,
    `reading is paused (${blame}): in 5 to 10 minutes the position leaves the server's history, then updates merge${left}`,
  ];
}
