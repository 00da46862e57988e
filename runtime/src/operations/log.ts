/**
 * The log: one line per entry, JSON for machines or text for a terminal. Whatever reaches it, a line stays one line and does nothing to the
 * terminal that shows it: this is the one place that sees to it.
 */
import { CollectorError } from '../support/errors.ts';
import { inertText } from '../support/inert-text.ts';

export type Level = 'error' | 'warn' | 'info' | 'debug';

/** Errors are written as message, code and hint; what is undefined is left out. */
export type Fields = Readonly<Record<string, unknown>>;

/** The message is constant, or nearly so; what varies goes into the fields. */
export type Log = (level: Level, message: string, fields?: Fields) => void;

export interface LogOptions {
  /** The least important level that is written. */
  readonly level: Level;
  readonly format: 'json' | 'text';
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
  /** Gets each line with its end. */
  readonly write: (line: string) => void;
}

const levels: readonly Level[] = ['error', 'warn', 'info', 'debug'];

export function createLog({ level, format, wallTime, write }: LogOptions): Log {
  const threshold = levels.indexOf(level);
  const render = format === 'json' ? jsonLine : textLine;
  return (entryLevel, message, fields = {}) => {
    if (levels.indexOf(entryLevel) > threshold) return;
    const time = new Date(wallTime()).toISOString();
    write(`${render(time, entryLevel, inertText(message), presentable(fields))}\n`);
  };
}

function jsonLine(time: string, level: Level, message: string, fields: Fields): string {
  return JSON.stringify({ time, level, message, ...fields });
}

function textLine(time: string, level: Level, message: string, fields: Fields): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${plainOrQuoted(value)}`);
  return [time.slice(11, 23), level.padEnd(5), message, ...pairs].join('  ');
}

function plainOrQuoted(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function presentable(fields: Fields): Fields {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    present.map(([name, value]) => [name, inert(value instanceof Error ? errorFields(value) : value)]),
  );
}

/** An expected failure is told by its words; anything else also by where it came from. */
function errorFields(error: Error): Fields {
  if (!(error instanceof CollectorError)) return { message: error.message, stack: error.stack };
  const { hint } = error.details;
  return { message: error.message, code: error.code, ...(hint === undefined ? {} : { hint }) };
}

function inert(value: unknown): unknown {
  if (typeof value === 'string') return inertText(value);
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(inert);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [inertText(name), inert(part)]));
}
