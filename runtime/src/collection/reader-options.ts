import type { ClusterReference, EventRecord } from '../contract/event-record.ts';
import type { RecordFields } from '../contract/record-fields.ts';
import type { Clock, Random } from '../support/clock.ts';
import type { Doorbell } from '../support/doorbell.ts';
import type { Report } from '../support/happening.ts';
import type { ResourceVersion } from '../support/resource-version.ts';
import type { EventSource, RawEvent } from './event-source.ts';
import type { Progress } from './progress.ts';
import type { Window } from './window.ts';

export interface ReaderOptions {
  readonly source: EventSource;
  readonly window: Window;
  readonly progress: Progress;
  readonly cluster: ClusterReference;
  /** Makes the record of one version. Whatever it throws settles that version as `dropped{unshapeable}`. */
  readonly shape: (event: RawEvent, change: EventRecord['change']) => EventRecord;
  /** What gap records carry besides, from the settings. */
  readonly recordFields?: RecordFields;
  /** What they add to the size of every record. @default 0 */
  readonly recordFieldsBytes?: number;
  readonly eventTtlMs: number;
  readonly retryPeriodMs: number;
  /** Rung when the window has something new. */
  readonly arrived: Doorbell;
  /** Rung when something in the window was settled. */
  readonly settled: Doorbell;
  /** Called when a new history has begun and when a list has been handed on entirely: as soon as `position` is settled the token should be written. */
  readonly onTurn: (position: ResourceVersion) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Report;
}
