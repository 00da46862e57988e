import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessTail } from './closing.ts';

const lines = 12;

/** The last lines of each log in a folder. */
export function processTails(folder: string): readonly ProcessTail[] {
  return readdirSync(folder).map((name) => ({
    name,
    lines: readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').slice(-lines),
  }));
}
