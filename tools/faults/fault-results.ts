/** What the last runs of the fault table came to, as docs/faults.json keeps it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FaultFigures {
  readonly written: number;
  /** Neither delivered nor covered by a gap record. */
  readonly lost: number;
  /** Older versions of objects whose later version arrived. */
  readonly merged: number;
  readonly twice: number;
  readonly gaps: number;
  /** Not delivered, within a gap record. */
  readonly covered: number;
  readonly dropped: number;
}

export interface FaultResult {
  readonly result: 'ok' | 'FAILED' | 'skipped';
  /** Why it was skipped. */
  readonly reason?: string;
  /** Summed over its tests; absent where they count nothing. */
  readonly figures?: FaultFigures;
}

/** By the name of the fault. */
export type FaultResults = Readonly<Record<string, FaultResult>>;

export const faultResultsPath = 'docs/faults.json';

export function readFaultResults(root: string): FaultResults {
  return JSON.parse(readFileSync(join(root, faultResultsPath), 'utf8')) as FaultResults;
}

export function sumOf(parts: readonly FaultFigures[]): FaultFigures | undefined {
  if (parts.length === 0) return undefined;
  const sum = (field: keyof FaultFigures) => parts.reduce((total, part) => total + part[field], 0);
  return {
    written: sum('written'),
    lost: sum('lost'),
    merged: sum('merged'),
    twice: sum('twice'),
    gaps: sum('gaps'),
    covered: sum('covered'),
    dropped: sum('dropped'),
  };
}

/** In words: what is zero is left out, save the loss. */
export function describeFigures({ written, lost, merged, twice, gaps, covered, dropped }: FaultFigures): string {
  const optional = [
    [merged, `merged ${merged}`],
    [twice, `twice ${twice}`],
    [gaps, `gap records ${gaps}, covering ${covered}`],
    [dropped, `dropped ${dropped}`],
  ] as const;
  const said = optional.flatMap(([count, words]) => (count > 0 ? [words] : []));
  return [`lost ${lost}`, ...said].join(', ').concat(` of ${written}`);
}
