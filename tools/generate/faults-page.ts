import { describeFigures, type FaultResult, type FaultResults } from '../faults/fault-results.ts';
import type { FaultRow } from '../faults/fault-row.ts';
import { faultRows } from '../faults/fault-rows.ts';

export const faultsPagePath = 'docs/faults.md';

/** docs/faults.md, from the one list of rows and the results of the last runs. */
export function faultsPage(results: FaultResults): string {
  return [
    '# Faults',
    '',
    'Generated from `tools/faults/fault-rows.ts` and `docs/faults.json` by `npm run generate`.',
    '',
    'Each row is proven by tests. `npm run faults` runs them and prints this table with its figures; `npm run faults -- --write` puts them here. They',
    'are counted from the answers of the API server to the writer and from what the sinks got. Lost: neither delivered nor covered by a gap record.',
    'Merged: an older version of an object whose later version arrived. Twice: arrivals after the first, with the same id.',
    '',
    '| fault | what one observes | promise | measured | proven in |',
    '|---|---|---|---|---|',
    ...faultRows.filter(({ untested }) => untested === undefined).map((row) => line(row, results[row.fault])),
    '',
    '## Not tested',
    '',
    '| fault | what one observes | why |',
    '|---|---|---|',
    ...faultRows.flatMap(({ fault, observed, untested }) =>
      untested === undefined ? [] : [`| ${fault} | ${observed} | ${untested} |`],
    ),
    '',
  ].join('\n');
}

function line({ fault, observed, promise, tests }: FaultRow, result: FaultResult | undefined): string {
  const files = [...new Set(tests.map(({ file }) => file))].map((file) => `[${file}](../${file})`);
  return `| ${fault} | ${observed} | ${promise} | ${measured(result)} | ${files.join('<br>')} |`;
}

function measured(result: FaultResult | undefined): string {
  if (result === undefined) return 'not yet';
  if (result.result === 'skipped') return `skipped: ${result.reason}`;
  const { figures } = result;
  return `${result.result}${figures === undefined ? '' : `: ${describeFigures(figures)}`}`;
}
