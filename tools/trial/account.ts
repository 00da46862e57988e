/**
 * The one account of what was written against what was delivered. It is made from the writer's API answers and the sinks' bytes alone: what
 * collectors say of themselves has no part in it.
 */
import type { EventRecord, GapRecord, SinkRecord } from '../../runtime/src/contract/event-record.ts';

/** One version of one Event, as an answer of the API server or a sink tells it. */
export interface Version {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly name: string;
}

export interface Account {
  readonly written: number;
  /** Written versions that arrived, each counted once. */
  readonly delivered: number;
  /** Neither it nor a later version of its object arrived. */
  readonly lost: readonly Version[];
  /** It did not arrive, but a later version of its object did: in order only where a relist was. */
  readonly superseded: readonly Version[];
  /** Every arrival of an id after its first, in order of arrival. */
  readonly duplicated: readonly EventRecord[];
  /** Nobody wrote them. */
  readonly unexpected: readonly EventRecord[];
  /** First arrivals that came after a later version of the same object. */
  readonly outOfOrder: readonly EventRecord[];
  /** Gap records, each id once. */
  readonly gaps: readonly GapRecord[];
}

/**
 * @param delivered in order of arrival
 * @param uncertain names of objects whose writing got no answer: whether they exist is not known, so they are neither lost nor unexpected
 */
export function settleAccount(
  written: readonly Version[],
  delivered: readonly SinkRecord[],
  uncertain: ReadonlySet<string> = new Set(),
): Account {
  const events = delivered.filter((record): record is EventRecord => 'event' in record);
  const gaps = delivered.filter((record): record is GapRecord => 'gap' in record);
  const wanted = new Map(written.map((version) => [idOf(version), version]));
  const arrived = new Set<string>();
  const latest = new Map<string, bigint>();
  const duplicated: EventRecord[] = [];
  const unexpected: EventRecord[] = [];
  const outOfOrder: EventRecord[] = [];
  for (const record of events) {
    const { uid, name } = record.event;
    if (arrived.has(record.id)) {
      duplicated.push(record);
      continue;
    }
    arrived.add(record.id);
    if (!wanted.has(record.id) && !uncertain.has(name)) unexpected.push(record);
    const version = BigInt(record.event.resourceVersion);
    const before = latest.get(uid) ?? 0n;
    if (version < before) outOfOrder.push(record);
    else latest.set(uid, version);
  }
  const missing = [...wanted.values()].filter((version) => !arrived.has(idOf(version)));
  const isSuperseded = ({ uid, resourceVersion }: Version) => (latest.get(uid) ?? 0n) > BigInt(resourceVersion);
  return {
    written: wanted.size,
    delivered: wanted.size - missing.length,
    lost: missing.filter((version) => !isSuperseded(version)),
    superseded: missing.filter(isSuperseded),
    duplicated,
    unexpected,
    outOfOrder,
    gaps: [...new Map(gaps.map((record) => [record.id, record])).values()],
  };
}

/** The figures, for a person or an assertion to look at. */
export function figuresOf(account: Account): Readonly<Record<keyof Account, number>> {
  const { written, delivered, lost, superseded, duplicated, unexpected, outOfOrder, gaps } = account;
  return {
    written,
    delivered,
    lost: lost.length,
    superseded: superseded.length,
    duplicated: duplicated.length,
    unexpected: unexpected.length,
    outOfOrder: outOfOrder.length,
    gaps: gaps.length,
  };
}

export function idOf({ uid, resourceVersion }: Pick<Version, 'uid' | 'resourceVersion'>): string {
  return `${uid}.${resourceVersion}`;
}
