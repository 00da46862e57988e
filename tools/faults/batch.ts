import { gunzipSync } from 'node:zlib';
import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';

export interface Batch {
  readonly format: 'json array' | 'ndjson' | undefined;
  readonly isGzip: boolean;
  readonly records: readonly SinkRecord[];
  /** Why it is none. */
  readonly problem: string | undefined;
}

/** Reads what a client sent as one batch: a JSON array, or a line of JSON for each record. */
export function readBatch(body: Buffer, contentEncoding: string | undefined): Batch {
  const isGzip = contentEncoding === 'gzip';
  const unread = { format: undefined, isGzip, records: [] };
  if (contentEncoding !== undefined && !isGzip) return { ...unread, problem: `unknown encoding ${contentEncoding}` };
  try {
    const text = (isGzip ? gunzipSync(body) : body).toString('utf8');
    const format = text.trimStart().startsWith('[') ? 'json array' : 'ndjson';
    const records = format === 'json array' ? (JSON.parse(text) as SinkRecord[]) : parseLines(text);
    return { format, isGzip, records, problem: undefined };
  } catch (error) {
    return { ...unread, problem: (error as Error).message };
  }
}

function parseLines(text: string): readonly SinkRecord[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('the last line has no end');
  return lines.map((line) => JSON.parse(line) as SinkRecord);
}
