import { readFile } from 'node:fs/promises';
import type { SinkRecord } from '../../runtime/src/contract/event-record.ts';

/** What a file sink holds, in order. Lines that a crash left torn were never acknowledged and are passed over. */
export async function readDeliveries(file: string): Promise<readonly SinkRecord[]> {
  return (await readLines(file)).flatMap((line) => {
    const record = parseRecord(line);
    return record === undefined ? [] : [record];
  });
}

/** @returns undefined for a line that is not whole */
export function parseRecord(line: string): SinkRecord | undefined {
  try {
    return JSON.parse(line) as SinkRecord;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function readLines(file: string): Promise<readonly string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
