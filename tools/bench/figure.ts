import { median, percentile } from './statistics.ts';

/** What one benchmark measured, under one name. */
export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  /** One for each repetition. */
  readonly values: readonly number[];
  /** @default 'less' */
  readonly better?: 'less' | 'more';
  /** What the product wants to reach. */
  readonly goal?: number;
  /** What a throw-away trial of the same protocol reached: the product must not do worse. */
  readonly floor?: number;
}

export type Unit = 'ms' | 's' | 'CPU ms' | 'CPU s' | 'MiB' | 'events' | 'events/CPU s';

export interface Summary {
  readonly benchmark: string;
  readonly name: string;
  readonly unit: Unit;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly goal?: number;
  readonly floor?: number;
  /** What the median fails to reach. */
  readonly worseThan: readonly ('goal' | 'floor')[];
}

/** Digits behind the point: no more than the figure is good for. */
const digits: Readonly<Record<Unit, number>> = {
  ms: 0,
  s: 2,
  'CPU ms': 0,
  'CPU s': 2,
  MiB: 1,
  events: 0,
  'events/CPU s': 0,
};

/** A difference that the digits do not show is none. */
export function summarize(benchmark: string, { name, unit, values, better, goal, floor }: Figure): Summary {
  const rounded = (value: number) => Number(formatValue(value, unit));
  const middle = rounded(median(values));
  const isWorse = (mark: number | undefined) =>
    mark !== undefined && (better === 'more' ? middle < mark : middle > mark);
  return {
    benchmark,
    name,
    unit,
    median: middle,
    min: rounded(percentile(values, 0)),
    max: rounded(percentile(values, 1)),
    count: values.length,
    ...(goal === undefined ? {} : { goal }),
    ...(floor === undefined ? {} : { floor }),
    worseThan: (['goal', 'floor'] as const).filter((mark) => isWorse({ goal, floor }[mark])),
  };
}

export function formatValue(value: number, unit: Unit): string {
  const fine = unit === 'ms' && Math.abs(value) < 10 ? 1 : 0;
  return value.toFixed(digits[unit] + fine);
}
