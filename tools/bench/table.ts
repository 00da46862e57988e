import { formatValue, type Summary } from './figure.ts';

interface Row {
  readonly name: string;
  /** Aligned to the right. */
  readonly cells: readonly string[];
  readonly remark: string;
}

const heads = ['median', 'min', 'max', 'unit', 'of', 'goal', 'floor'];
/** Of `heads`: words are read from their beginning. */
const unitColumn = 3;

/** One row for each figure under the name of its benchmark; what does not apply stays empty. */
export function figureTable(summaries: readonly Summary[]): readonly string[] {
  const groups = [...Map.groupBy(summaries, ({ benchmark }) => benchmark)];
  const head: Row = { name: '', cells: heads, remark: '' };
  const rows = groups.flatMap(([benchmark, figures]) => [
    { name: '', cells: [], remark: '' },
    { name: benchmark, cells: [], remark: '' },
    ...figures.map(rowOf),
  ]);
  const all = [head, ...rows];
  const nameWidth = Math.max(...all.map(({ name }) => name.length));
  const widths = heads.map((_, column) => Math.max(...all.map(({ cells }) => (cells[column] ?? '').length)));
  return all.map(({ name, cells, remark }) => {
    const aligned = cells.map((cell, column) =>
      column === unitColumn ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    return [name.padEnd(nameWidth), ...aligned, remark].join('  ').trimEnd();
  });
}

function rowOf({ name, unit, median, min, max, count, goal, floor, worseThan }: Summary): Row {
  const optional = (value: number | undefined) => (value === undefined ? '' : formatValue(value, unit));
  const [low, high] = count === 1 ? [undefined, undefined] : [min, max];
  return {
    name: `  ${name}`,
    cells: [
      formatValue(median, unit),
      optional(low),
      optional(high),
      unit,
      String(count),
      optional(goal),
      optional(floor),
    ],
    remark: worseThan.length === 0 ? '' : `worse than the ${worseThan.join(' and the ')}`,
  };
}
