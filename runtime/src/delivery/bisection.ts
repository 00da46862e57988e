/**
 * Finds what a sink refuses among what it takes, by sending halves of refused batches, in order. Decisions only: it says what to send next, and
 * is told how that was answered.
 *
 * A record that was refused alone is a suspect. It is given up only when the sink, after that refusal, accepted a record of another object (the
 * witness) and then refused the suspect once more: a sink that refuses everything burns nothing, and one that has just been mended gets what it
 * refused before. Later versions of a suspect's object wait for it.
 *
 * Witnesses are sought one record at a time, at distances that double and then all over the backlog, so that a long run of refused records is
 * passed in few requests. Where none is found the round is over: the next one, after a slow pause, begins with the first suspect and looks
 * elsewhere.
 *
 * Not promised: that a sink which refuses and accepts by chance loses nothing; nor that a stop in the middle sends nothing twice, for a witness
 * is accepted out of turn.
 */
import type { SinkRecord } from '../contract/event-record.ts';

/** A record of the backlog. */
export interface Item {
  readonly record: SinkRecord;
  /** Its place in the order of reading. */
  readonly end: number;
}

/** What to send next, as one request, and what for. */
export interface Trial {
  readonly as: 'part' | 'witness' | 'suspect';
  readonly items: readonly Item[];
}

/** Given up: settled without delivery. */
export interface Rejected {
  readonly item: Item;
  readonly reason: string;
}

interface Suspect {
  readonly item: Item;
  /** Whether it was in a batch, and must be sent in its turn if the suspicion is dropped. */
  readonly inTurn: boolean;
  /** Whether the sink accepted something of another object since the refusal. */
  readonly witnessed: boolean;
}

/** So many records a round are tried as witnesses at most: it bounds the requests to a sink that refuses everything. */
const witnessesPerRound = 12;

/** So many suspects a single witness may speak against: it bounds what a sink is asked that has just begun to refuse everything. */
const mostGathered = 64;

/** Multiples of it, without their whole parts, are spread evenly however many there are: in time every record is tried. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

export class Bisection {
  /** What is in question of refused batches, the earliest last. */
  #parts: (readonly Item[])[] = [];
  /** By place. */
  readonly #suspects = new Map<number, Suspect>();
  /** Places of what is accepted or given up while something before it is not. */
  readonly #decided = new Set<number>();
  /** So many suspects are gathered before a witness is sought for them: more with each that was found. */
  #gathering = 1;
  #round = 0;
  #witnessesTried = 0;
  #repeatFirst = false;
  /** Where the sink accepted something it may accept more: there the search begins. */
  #acceptedLast = 0;

  /** Whether anything is in question. If not, ordinary batches go on. */
  get isOpen(): boolean {
    return this.#parts.length > 0 || this.#suspects.size > 0;
  }

  /** Whether anything is decided that stands behind something that is not. */
  get hasDecided(): boolean {
    return this.#decided.size > 0;
  }

  /** Whether one more record may be tried as a witness in this round. */
  get seeksWitness(): boolean {
    return this.#witnessesTried < witnessesPerRound;
  }

  /** Fruitless rounds so far. */
  get round(): number {
    return this.#round;
  }

  get suspects(): number {
    return this.#suspects.size;
  }

  /** The earliest. */
  get firstSuspect(): SinkRecord | undefined {
    return this.#inOrder[0]?.item.record;
  }

  /** What is not accepted or given up yet. */
  undecided(items: readonly Item[]): readonly Item[] {
    return this.#decided.size === 0 ? items : items.filter(({ end }) => !this.#decided.has(end));
  }

  /** A batch was refused. */
  open(items: readonly Item[], reason: string): void {
    this.#gathering = Math.max(1, this.#gathering / 2);
    this.#beginRound(0);
    this.#parts.push(items);
    this.refused({ as: 'part', items }, reason);
  }

  /** @param upcoming all that the sink has before it. @returns undefined where nothing is left to try in this round, or nothing is in question */
  next(upcoming: readonly Item[]): Trial | undefined {
    this.forgetBefore(upcoming[0]?.end ?? Number.POSITIVE_INFINITY);
    const suspects = this.#inOrder;
    const confirmed = suspects.find(({ witnessed }) => witnessed) ?? (this.#repeatFirst ? suspects[0] : undefined);
    if (confirmed !== undefined) return { as: 'suspect', items: [confirmed.item] };
    const part = this.#nextPart();
    if (part !== undefined && suspects.length < this.#gathering && !this.#isHeldBack(part))
      return { as: 'part', items: part };
    const witness = suspects.length > 0 && this.seeksWitness ? this.#witness(upcoming) : undefined;
    return witness === undefined ? undefined : { as: 'witness', items: [witness] };
  }

  accepted({ items }: Trial): void {
    for (const { end } of items) {
      this.#decided.add(end);
      this.#suspects.delete(end);
    }
    this.#acceptedLast = items.at(-1)?.end ?? 0;
    this.witnessed(items.map(({ record }) => record));
  }

  /** The sink accepted these, in turn or not. */
  witnessed(records: readonly SinkRecord[]): void {
    const objects = new Set(records.map(objectOf));
    for (const [end, suspect] of this.#suspects)
      if (!objects.has(objectOf(suspect.item.record))) this.#suspects.set(end, { ...suspect, witnessed: true });
    if (this.#suspects.size > 0) this.#gathering = Math.min(2 * this.#gathering, mostGathered);
    this.#beginRound(0);
    this.#repeatFirst = false;
  }

  /** @returns what is given up with this refusal */
  refused({ as, items }: Trial, reason: string): Rejected | undefined {
    const [item, ...others] = items;
    if (item === undefined) return undefined;
    if (as === 'part') this.#parts.pop();
    if (others.length > 0) {
      const half = Math.ceil(items.length / 2);
      this.#parts.push(items.slice(half), items.slice(0, half));
      return undefined;
    }
    if (as === 'witness') this.#witnessesTried += 1;
    this.#repeatFirst = false;
    const before = this.#suspects.get(item.end);
    if (before?.witnessed !== true) {
      this.#suspects.set(item.end, { item, inTurn: before?.inTurn ?? as === 'part', witnessed: false });
      return undefined;
    }
    this.#suspects.delete(item.end);
    this.#decided.add(item.end);
    return { item, reason };
  }

  /** After a slow pause: what was refused before counts no longer, for the sink may have been mended. */
  newRound(): void {
    const [first, ...others] = this.#inOrder;
    for (const { item, inTurn } of others.reverse()) {
      this.#suspects.delete(item.end);
      if (inTurn) this.#parts.push([item]);
    }
    this.#gathering = 1;
    this.#repeatFirst = first !== undefined;
    this.#beginRound(this.#round + 1);
  }

  /** @returns the place up to which all of `upcoming` is decided; undefined where its first is not */
  decidedThrough(upcoming: readonly Item[]): number | undefined {
    const open = upcoming.findIndex(({ end }) => !this.#decided.has(end));
    const decided = open === -1 ? upcoming : upcoming.slice(0, open);
    return decided.at(-1)?.end;
  }

  /** What is settled, or was dropped for a best-effort sink, is in question no longer. */
  forgetBefore(end: number): void {
    for (const decided of this.#decided) if (decided < end) this.#decided.delete(decided);
    for (const suspect of this.#suspects.keys()) if (suspect < end) this.#suspects.delete(suspect);
    this.#parts = this.#parts.map((part) => part.filter((item) => item.end >= end));
  }

  get #inOrder(): readonly Suspect[] {
    return [...this.#suspects.values()].sort((a, b) => a.item.end - b.item.end);
  }

  #beginRound(round: number): void {
    this.#round = round;
    this.#witnessesTried = 0;
  }

  #nextPart(): readonly Item[] | undefined {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      const open = this.undecided(part);
      if (open.length === 0) continue;
      this.#parts.push(open);
      return open;
    }
    return undefined;
  }

  #isHeldBack(part: readonly Item[]): boolean {
    const objects = new Set([...this.#suspects.values()].map(({ item }) => objectOf(item.record)));
    return part.some(({ record }) => objects.has(objectOf(record)));
  }

  #witness(upcoming: readonly Item[]): Item | undefined {
    const seen = new Set<string>();
    const candidates = this.undecided(upcoming).filter((item) => {
      const object = objectOf(item.record);
      const isFirst = !seen.has(object);
      seen.add(object);
      return isFirst && !this.#suspects.has(item.end);
    });
    const near = candidates.findIndex(({ end }) => end > this.#acceptedLast);
    const doubled = Math.max(near, 0) + 2 ** this.#witnessesTried - 1;
    if (this.#round === 0 && doubled < candidates.length) return candidates[doubled];
    const tried = this.#round * witnessesPerRound + this.#witnessesTried;
    return candidates[Math.floor(((tried * goldenRatio) % 1) * candidates.length)];
  }
}

/** Versions of one object are not sent before each other. */
export function objectOf(record: SinkRecord): string {
  return 'event' in record ? record.event.uid : record.id;
}
