import { isEntries } from './entries.ts';

/** Sorted, and escaped as Go does it, so that one list has one text whoever writes it. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, sortedKeys).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function sortedKeys(_: string, value: unknown): unknown {
  return isEntries(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}
