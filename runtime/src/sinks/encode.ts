import type { SinkRecord } from '../contract/event-record.ts';

/** What JSON.stringify leaves as it is but a terminal may act upon, or a reader of lines may take for an end. */
const unsafe = /[\u007f-\u009f\u2028\u2029]/;
const everyUnsafe = /[\u007f-\u009f\u2028\u2029]/g;

/** One line of JSON without its end: valid, lossless, and inert on a terminal. */
export function encodeLine(record: SinkRecord): string {
  const line = JSON.stringify(record);
  return unsafe.test(line) ? line.replace(everyUnsafe, escapeCharacter) : line;
}

/** Lines with their ends. */
export function encodeLines(records: readonly SinkRecord[]): Buffer {
  return Buffer.from(`${records.map(encodeLine).join('\n')}\n`);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
