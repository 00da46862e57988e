/** Takes what was read into the window: room first, then shape, then push. */
import type { GapRecord } from '../contract/event-record.ts';
import type { ResourceVersion } from '../support/resource-version.ts';
import type { RawEvent } from './event-source.ts';
import { type EventIdentity, lastWriteOf, member } from './raw-event.ts';
import type { ServerMoment } from './server-moment.ts';
import type { Arrival } from './window.ts';
import type { ReaderOptions } from './reader-options.ts';

export interface Taken {
  readonly event: RawEvent;
  readonly identity: EventIdentity;
  readonly change: 'added' | 'updated';
  /** See {@link Arrival.position}. */
  readonly position: ResourceVersion | undefined;
  readonly bytes: number;
  /** The last moment at which collection was provably live where it was read; undefined where unknown. */
  readonly live: ServerMoment | undefined;
}

/** Waits until the window has room, at most `ms` milliseconds (undefined: as long as it takes). @returns whether it has */
export async function waitForRoom(options: ReaderOptions, signal: AbortSignal, ms?: number): Promise<boolean> {
  const { window, settled, clock } = options;
  const deadline = ms === undefined ? undefined : clock.now() + ms;
  for (;;) {
    dropBestEffort(options);
    if (window.hasRoom) return true;
    if (deadline === undefined) await settled.rung(signal);
    else if (clock.now() >= deadline || !(await settled.rungWithin(deadline - clock.now(), clock, signal)))
      return window.hasRoom;
  }
}

/**
 * Shapes one version and hands it on. A version that cannot be shaped is settled as dropped, with its id told.
 *
 * @returns its last write as the Event has it, in milliseconds of API-server time; undefined if it has none
 */
export function takeEvent(
  options: ReaderOptions,
  { event, identity, change, position, bytes, live }: Taken,
): number | undefined {
  const { window, progress, report, shape, source, arrived, recordFieldsBytes = 0 } = options;
  report({ what: 'event received', type: boundedType(member(event, 'type')) });
  const now = source.time();
  const writtenAt = lastWriteOf(event);
  if (writtenAt !== undefined) progress.lifetime.written(identity, Math.min(now, writtenAt));
  try {
    const record = shape(event, change);
    const size = bytes + recordFieldsBytes;
    window.push({ record, version: identity.resourceVersion, position, bytes: size, ...sinceOf(live) });
  } catch (error) {
    const id = `${identity.uid}.${identity.resourceVersion}`;
    report({
      what: 'event dropped',
      reason: 'unshapeable',
      records: 1,
      id,
      detail: error instanceof Error ? error.message : String(error),
    });
    if (position !== undefined) window.advance(position);
  }
  arrived.ring();
  return writtenAt;
}

/** It may have been written since then at the earliest: everything before has been read. The times in an Event are its writer's. */
function sinceOf(live: ServerMoment | undefined): Pick<Arrival, 'since' | 'clockOffset'> {
  return { since: live?.time ?? Number.NEGATIVE_INFINITY, clockOffset: live?.clockOffset };
}

/** @param live as-of where the gap begins: no later one may stand in a token before the gap is settled */
export function takeGap(
  { window, arrived, report, recordFields }: ReaderOptions,
  record: GapRecord,
  live: ServerMoment | undefined,
): void {
  const { from, to, reason, certain } = record.gap;
  report({ what: 'gap', from: from.resourceVersion, to: to.resourceVersion, reason, certain });
  window.push({
    record: { ...record, ...recordFields },
    version: undefined,
    position: undefined,
    bytes: 512,
    ...sinceOf(live),
  });
  arrived.ring();
}

function dropBestEffort({ window, report, settled }: ReaderOptions): void {
  for (const [sink, records] of window.makeRoom()) {
    report({ what: 'event dropped', sink, reason: 'best_effort', records, id: '', detail: 'to make room' });
    settled.ring();
  }
}

function boundedType(type: unknown): 'Normal' | 'Warning' | 'other' {
  return type === 'Normal' || type === 'Warning' ? type : 'other';
}
