import type { SinkRecord } from '../contract/event-record.ts';
import { inertText } from '../support/inert-text.ts';

const mostBytes = 8_192;

/** No text of a line is longer. */
const longestText = 2_000;

/** A record as it may stand in a line of the log: inert, its longest texts shortened until all of it takes at most 8 KiB as JSON. */
export function deadLetter(record: SinkRecord): unknown {
  for (let limit = longestText; limit > 1; limit = Math.floor(limit / 2)) {
    const letter = shortened(record, limit);
    if (Buffer.byteLength(JSON.stringify(letter)) <= mostBytes) return letter;
  }
  return { id: inertText(record.id, longestText) };
}

function shortened(value: unknown, limit: number): unknown {
  if (typeof value === 'string') return inertText(value, limit);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shortened(part, limit)]));
}
