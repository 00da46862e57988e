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
  readonly sinks: readonly SinkStatus[];
  readonly warnings: readonly string[];
}

export interface SinkStatus {
  readonly name: string;
  readonly required: boolean;
  readonly state: 'ok' | 'retrying' | 'misconfigured';
  /** Records accepted in this process. */
  readonly delivered: number;
  readonly lastError?: string;
}

/** Keeps each sink's state from what happened. */
export class SinkStates {
  readonly #states: Map<string, SinkStatus>;

  constructor(sinks: readonly { readonly name: string; readonly required: boolean }[]) {
    this.#states = new Map(sinks.map(({ name, required }) => [name, { name, required, state: 'ok', delivered: 0 }]));
  }

  get all(): readonly SinkStatus[] {
    return [...this.#states.values()];
  }

  note(happening: Happening): void {
    if (happening.what !== 'batch accepted' && happening.what !== 'batch retried') return;
    const before = this.#states.get(happening.sink);
    if (before === undefined) return;
    this.#states.set(happening.sink, after(before, happening));
  }
}

function after(
  before: SinkStatus,
  happening: Extract<Happening, { what: 'batch accepted' | 'batch retried' }>,
): SinkStatus {
  if (happening.what === 'batch retried') {
    return { ...before, state: happening.misconfigured ? 'misconfigured' : 'retrying', lastError: happening.reason };
  }
  const { name, required, delivered } = before;
  return { name, required, state: 'ok', delivered: delivered + happening.records };
}

/** What endangers completeness, said before it does harm. */
export function warningsFor(
  window: Status['window'],
  sinks: readonly SinkStatus[],
  eventTtlMs: number,
): readonly string[] {
  const down = sinks.filter(({ state, required }) => required && state !== 'ok');
  const warnings = down.map(({ name, state, lastError }) => `sink ${name} is ${state}: ${lastError ?? ''}`);
  if (window?.full !== true) return warnings;
  const blame =
    down.length === 0 ? 'sinks are slower than the cluster' : `sink ${down.map(({ name }) => name).join(', ')}`;
  return [
    ...warnings,
    `reading is paused (${blame}): in 5 to 10 minutes the position leaves the server's history, then updates merge; after ${eventTtlMs / 60_000} minutes Events expire unread`,
  ];
}
