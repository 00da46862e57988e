/**
 * What has been read and is not settled yet, in read order, bounded by bytes. Each sink has a cursor over it; a position counts as settled
 * when the cursors of all required sinks have passed it and everything read before it.
 *
 * Not promised: that it never exceeds its capacity. It says whether there is room, and takes what it is given.
 */
import type { SinkRecord } from '../contract/event-record.ts';
import { beginning, laterOf, type ResourceVersion } from '../support/resource-version.ts';

export interface WindowSink {
  readonly name: string;
  readonly required: boolean;
  /** Everything up to here was settled for this sink in an earlier term. */
  readonly position: ResourceVersion;
}

export interface Arrival {
  readonly record: SinkRecord;
  /** The version's own; undefined for a record that is not an event's. */
  readonly version: ResourceVersion | undefined;
  /** What is settled once this and everything before it is; undefined within a list, which is one unit. */
  readonly position: ResourceVersion | undefined;
  readonly bytes: number;
  /** API-server time from which on it may be missing if it is lost, in milliseconds since 1970; -Infinity where unknown. */
  readonly since: number;
  /** {@link ServerMoment.clockOffset} of `since`. */
  readonly clockOffset?: number | undefined;
}

export interface Batch {
  readonly records: readonly SinkRecord[];
  /** To be handed back to {@link Window.settle}. */
  readonly end: number;
}

export interface Upcoming {
  readonly record: SinkRecord;
  /** To be handed to {@link Window.settle} once this and everything before it is settled. */
  readonly end: number;
}

export interface BatchLimits {
  readonly records: number;
  readonly bytes: number;
}

interface Entry extends Omit<Arrival, 'position'> {
  position: ResourceVersion | undefined;
}

interface Cursor {
  readonly required: boolean;
  /** Sequence number of the next entry. */
  next: number;
  position: ResourceVersion;
  /** Versions up to here were this sink's before. */
  had: ResourceVersion;
}

export class Window {
  readonly #capacityBytes: number;
  readonly #cursors: ReadonlyMap<string, Cursor>;
  /** Entry i has sequence number `#first + i`. */
  #entries: Entry[] = [];
  #first = 0;
  #bytes = 0;
  #isWide = false;

  constructor(capacityBytes: number, sinks: readonly WindowSink[]) {
    this.#capacityBytes = capacityBytes;
    const cursors = sinks.map(({ name, required, position }): [string, Cursor] => [
      name,
      { required, next: 0, position, had: position },
    ]);
    this.#cursors = new Map(cursors);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get records(): number {
    return this.#entries.length;
  }

  /** An empty window has room for one record of any size. */
  get hasRoom(): boolean {
    return this.#bytes < this.#capacityBytes * (this.#isWide ? 2 : 1);
  }

  /** Whether there is no room because of records that this sink has before it. */
  isCloggedFor(sink: string): boolean {
    return !this.hasRoom && this.#cursor(sink).next === this.#first;
  }

  /** Has room for as much again until it is within its capacity: what a sink refuses alone may hide what it would take. */
  widen(): void {
    this.#isWide = true;
  }

  push(arrival: Arrival): void {
    this.#entries.push({ ...arrival });
    this.#bytes += arrival.bytes;
  }

  /** Marks what was read so far as reaching to `position`, without a record of its own. */
  advance(position: ResourceVersion): void {
    const last = this.#entries.at(-1);
    if (last !== undefined) last.position = position;
    for (const cursor of this.#cursors.values()) {
      if (cursor.next === this.#end) cursor.position = laterOf(cursor.position, position);
    }
  }

  /** The next records for a sink, without those that it had before; undefined where nothing has arrived. */
  batchFor(sink: string, limits: BatchLimits): Batch | undefined {
    const cursor = this.#cursor(sink);
    if (cursor.next === this.#end) return undefined;
    const records: SinkRecord[] = [];
    let bytes = 0;
    let index = cursor.next - this.#first;
    for (; index < this.#entries.length; index += 1) {
      const entry = this.#at(index);
      if (isHad(entry, cursor)) continue;
      const full = records.length >= limits.records || (records.length > 0 && bytes + entry.bytes > limits.bytes);
      if (full) break;
      records.push(entry.record);
      bytes += entry.bytes;
    }
    return { records, end: this.#first + index };
  }

  /** All that a sink has before it, without those that it had before. */
  upcoming(sink: string): readonly Upcoming[] {
    const cursor = this.#cursor(sink);
    const offset = cursor.next - this.#first;
    return this.#entries
      .slice(offset)
      .flatMap((entry, index) =>
        isHad(entry, cursor) ? [] : [{ record: entry.record, end: cursor.next + index + 1 }],
      );
  }

  /** Everything before `end` is settled for this sink. */
  settle(sink: string, end: number): void {
    const cursor = this.#cursor(sink);
    for (let index = cursor.next - this.#first; index < end - this.#first; index += 1) {
      const { position } = this.#at(index);
      if (position !== undefined) cursor.position = laterOf(cursor.position, position);
    }
    cursor.next = Math.max(cursor.next, end);
    this.#forget();
  }

  /** The highest position such that it and everything read before it is settled. */
  get settledThrough(): ResourceVersion {
    const positions = this.#holding.map(({ position }) => position);
    return positions.reduce((lowest, position) => (position < lowest ? position : lowest), positions[0] ?? beginning);
  }

  /** The positions of sinks that are ahead of {@link settledThrough}. */
  get aheadPositions(): ReadonlyMap<string, ResourceVersion> {
    const settled = this.settledThrough;
    return new Map(
      [...this.#cursors]
        .filter(([, { position }]) => position > settled)
        .map(([name, { position }]) => [name, position]),
    );
  }

  /** Since when any of what holds the token back may be missing; undefined where all is settled. Lists do not come in the order of time. */
  get unsettledSince(): number | undefined {
    return this.earliestUnsettled?.since;
  }

  /** The unsettled record that may have been written first, among those that hold the token back. */
  get earliestUnsettled(): Pick<Arrival, 'since' | 'clockOffset'> | undefined {
    const unsettled = this.#entries.slice(this.settledRecords - this.#first);
    return unsettled.reduce<Entry | undefined>(
      (earliest, entry) => (earliest === undefined || entry.since < earliest.since ? entry : earliest),
      undefined,
    );
  }

  /** How many records have ever been settled for all who hold the token back. */
  get settledRecords(): number {
    return Math.min(...this.#holding.map(({ next }) => next));
  }

  /**
   * A new history begins: what was read of the old one is still delivered, but no longer moves a position, and no sink is ahead.
   */
  rewind(): void {
    for (const entry of this.#entries) entry.position = undefined;
    for (const cursor of this.#cursors.values()) {
      cursor.position = beginning;
      cursor.had = beginning;
    }
  }

  /** Drops what only best-effort sinks still hold, oldest first, until it is within its capacity. @returns how many records, by sink */
  makeRoom(): ReadonlyMap<string, number> {
    const dropped = new Map<string, number>();
    while (this.#bytes >= this.#capacityBytes && this.#entries.length > 0) {
      const holding = [...this.#cursors].filter(([, cursor]) => cursor.next === this.#first);
      if (holding.some(([, cursor]) => cursor.required)) break;
      const oldest = this.#at(0);
      for (const [name, cursor] of holding) {
        if (!isHad(oldest, cursor)) dropped.set(name, (dropped.get(name) ?? 0) + 1);
        this.settle(name, this.#first + 1);
      }
    }
    return dropped;
  }

  /** What no later term reads again although best-effort sinks have not had it: how many records, by sink. */
  get leftBehind(): ReadonlyMap<string, number> {
    const settled = this.#entries.slice(0, this.settledRecords - this.#first);
    const read = this.#first + settled.findLastIndex(({ position }) => position !== undefined) + 1;
    const left = [...this.#cursors].map(([name, cursor]): [string, number] => {
      const entries = this.#entries.slice(cursor.next - this.#first, Math.max(read - this.#first, 0));
      return [name, entries.filter((entry) => !isHad(entry, cursor)).length];
    });
    return new Map(left.filter(([, records]) => records > 0));
  }

  /** The cursors that hold the token back: those of the required sinks, or of all where none is. */
  get #holding(): readonly Cursor[] {
    const cursors = [...this.#cursors.values()];
    const required = cursors.filter((cursor) => cursor.required);
    return required.length > 0 ? required : cursors;
  }

  get #end(): number {
    return this.#first + this.#entries.length;
  }

  /** Lets go of what all sinks have passed. */
  #forget(): void {
    const passed = Math.min(...[...this.#cursors.values()].map((cursor) => cursor.next)) - this.#first;
    if (passed <= 0) return;
    for (let index = 0; index < passed; index += 1) this.#bytes -= this.#at(index).bytes;
    this.#entries.splice(0, passed);
    this.#first += passed;
    if (this.#bytes < this.#capacityBytes) this.#isWide = false;
  }

  #cursor(sink: string): Cursor {
    const cursor = this.#cursors.get(sink);
    if (cursor === undefined) throw new Error(`the window has no sink "${sink}"`);
    return cursor;
  }

  #at(index: number): Entry {
    const entry = this.#entries[index];
    if (entry === undefined) throw new Error(`the window has no entry ${index} of ${this.#entries.length}`);
    return entry;
  }
}

function isHad({ version }: Entry, { had }: Cursor): boolean {
  return version !== undefined && version <= had;
}
