/** The lines of the log about sinks. */
import type { Happening } from '../support/happening.ts';
import { deadLetter } from './dead-letter.ts';
import { type HappeningLine, line, repeated } from './happening-line.ts';

type Told<What extends Happening['what']> = Extract<Happening, { readonly what: What }>;

export type OfSinks = Told<
  'batch accepted' | 'batch refused' | 'batch retried' | 'event dropped' | 'sink not closed' | 'drain'
>;

export function lineForSinks(happening: OfSinks): HappeningLine | undefined {
  switch (happening.what) {
    case 'batch accepted':
      return undefined;
    case 'batch refused': {
      const { sink, records, reason } = happening;
      const message = `sink ${sink} refuses a batch: it is sent in parts, to find out what is not wanted`;
      return repeated('warn', message, `${sink} refused`, { records, reason });
    }
    case 'batch retried':
      return retried(happening);
    case 'event dropped':
      return happening.reason === 'rejected' ? rejected(happening) : dropped(happening);
    case 'sink not closed':
      return line('warn', `sink ${happening.sink} could not close its file: nothing that it accepted is lost`, {
        reason: happening.reason,
      });
    case 'drain':
      return happening.outcome === 'complete'
        ? line('info', 'all open requests are answered')
        : line('warn', 'open requests were given up: the next leader sends them again', {
            hint: 'raise EVENTBATON_DRAIN_TIMEOUT if this happens often',
          });
    default:
      return happening satisfies never;
  }
}

/** The dead letter: nothing else keeps the record, so its line is never held back. */
function rejected({
  sink,
  reason,
  id,
  detail,
  record,
}: Extract<OfSinks, { readonly reason: 'rejected' }>): HappeningLine {
  return line('error', `dropped: sink ${sink} does not want this record`, {
    sink,
    reason,
    id,
    detail,
    record: deadLetter(record),
  });
}

function dropped({ sink, reason, records, id, detail }: Told<'event dropped'>): HappeningLine {
  const message = reason === 'best_effort' ? 'dropped for a best-effort sink' : `dropped: ${reason}`;
  return repeated('warn', message, `event dropped ${sink ?? ''} ${reason}`, {
    sink,
    records,
    id: id === '' ? undefined : id,
    detail,
  });
}

function retried({ sink, records, reason, misconfigured, failures }: Told<'batch retried'>): HappeningLine {
  return misconfigured
    ? repeated('error', `sink ${sink} cannot deliver until something is changed`, `${sink} misconfigured`, {
        records,
        reason,
        failures,
      })
    : repeated('warn', `sink ${sink} did not accept: trying again`, `${sink} retry`, { records, reason, failures });
}
