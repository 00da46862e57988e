import { inertText } from '../../runtime/src/support/inert-text.ts';
import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';
import { textWidth } from '../support/line.ts';

/** One record on the standard output of a collector. */
export interface Arrival {
  readonly collector: string;
  /** In milliseconds of this process's monotonic clock. */
  readonly at: number;
  readonly record: SinkRecord;
}

/** Together with time and label within 80 columns, as long as there are three collectors. */
const collectorWidth = 13;
const sumWidth = 9;

/** The names of the collectors, above the columns of {@link tableRow}. */
export function tableHead(collectors: readonly string[]): string {
  return columns(collectors, ['written', 'arrived']);
}

export interface TableRow {
  readonly collectors: readonly string[];
  /** What came since the row before. */
  readonly arrivals: readonly Pick<Arrival, 'collector'>[];
  readonly written: number;
  /** Each version counted once. */
  readonly arrived: number;
}

/** How many arrived by each collector, and both sums so far. Nothing is shown as a dot, so that one sees at a glance who sends. */
export function tableRow({ collectors, arrivals, written, arrived }: TableRow): string {
  const counts = collectors.map((name) => arrivals.filter(({ collector }) => collector === name).length);
  const cells = counts.map((count) => (count === 0 ? '·' : String(count)));
  return columns(cells, [String(written), String(arrived)]);
}

function columns(byCollector: readonly string[], sums: readonly string[]): string {
  return [
    ...byCollector.map((cell) => cell.padStart(collectorWidth)),
    ...sums.map((cell) => cell.padStart(sumWidth)),
  ].join('');
}

/** One record in a line. Whoever may create an Event chooses its words: nothing in them acts on the terminal. */
export function sampleText(record: SinkRecord, maximumLength = textWidth - 1): string {
  if ('gap' in record) return inertText(`gap: ${record.gap.reason}`, maximumLength);
  const { type, reason, regarding, count, message } = record;
  const times = count > 1 ? ` (${count} times)` : '';
  const subject = `${regarding.kind ?? ''} ${regarding.namespace ?? ''}/${regarding.name ?? ''}`;
  return inertText(`${type} ${reason}${times}, ${subject}: ${message}`, maximumLength);
}
