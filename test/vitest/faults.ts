/**
 * `npm run faults [-- --write] [-- FILE…]`: runs the tests that the fault table names, or those of some of its files, and prints the table.
 * With `--write` docs/faults.json keeps the results, and docs/faults.md shows them.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DefaultReporter, startVitest } from 'vitest/node';
import { faultResultsPath, readFaultResults } from '../../tools/faults/fault-results.ts';
import { faultRows } from '../../tools/faults/fault-rows.ts';
import { faultsPage, faultsPagePath } from '../../tools/generate/faults-page.ts';
import { FaultTable } from './fault-table.ts';

const root = join(import.meta.dirname, '..', '..');
const { values, positionals } = parseArgs({ options: { write: { type: 'boolean' } }, allowPositionals: true });
const files = new Set(faultRows.flatMap(({ tests }) => tests.map(({ file }) => file)));
const wanted = positionals.length > 0 ? positionals : [...files];
const unknown = wanted.filter((file) => !files.has(file));
if (unknown.length > 0) {
  process.stderr.write(`no row of the fault table is proven in ${unknown.join(', ')}\n`);
  process.exit(64);
}

const table = new FaultTable();
const vitest = await startVitest(wanted, {
  root,
  run: true,
  project: ['unit', 'real'],
  reporters: [new DefaultReporter(), table],
});
await vitest.close();

if (values.write === true) {
  const known = { ...readFaultResults(root), ...Object.fromEntries(table.results) };
  const results = Object.fromEntries(faultRows.flatMap(({ fault }) => (known[fault] ? [[fault, known[fault]]] : [])));
  writeFileSync(join(root, faultResultsPath), `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(join(root, faultsPagePath), faultsPage(results));
}
