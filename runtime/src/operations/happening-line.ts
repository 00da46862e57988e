import type { Fields, Level } from './log.ts';

export interface HappeningLine {
  readonly level: Level;
  readonly message: string;
  readonly fields?: Fields;
  /** Lines of one subject repeat each other: only the first is written at once. */
  readonly repeats?: string;
}

export function line(level: Level, message: string, fields?: Fields): HappeningLine {
  return fields === undefined ? { level, message } : { level, message, fields };
}

export function repeated(level: Level, message: string, repeats: string, fields: Fields): HappeningLine {
  return { level, message, fields, repeats };
}
