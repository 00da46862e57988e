import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { describeFigures, type FaultResult, sumOf } from '../../tools/faults/fault-results.ts';
import { type FaultRow, isOf } from '../../tools/faults/fault-row.ts';
import { faultRows } from '../../tools/faults/fault-rows.ts';

const proven = faultRows.filter(({ tests }) => tests.length > 0);

/** Ends the run with the fault table: one line for each row whose tests were all in it, and one for each that has none. */
export class FaultTable implements Reporter {
  readonly results = new Map<string, FaultResult>();

  onTestRunEnd(modules: readonly TestModule[]): void {
    const cases = modules.flatMap((module) => [...module.children.allTests()]);
    for (const row of proven) {
      const result = resultOf(row, cases);
      if (result !== undefined) this.results.set(row.fault, result);
    }
    const width = Math.max(...faultRows.map(({ fault }) => fault.length));
    const lines = faultRows.flatMap((row) => this.#describe(row, width));
    process.on('exit', () => process.stdout.write(`\n${lines.join('\n')}\n`));
  }

  #describe({ fault, observed, tests, untested }: FaultRow, width: number): readonly string[] {
    const name = fault.padEnd(width);
    if (untested !== undefined) return [`NOT TESTED  ${name}  ${untested}`];
    const run = this.results.get(fault);
    if (run === undefined) return [];
    const figures = run.figures === undefined ? (run.reason ?? 'no account') : describeFigures(run.figures);
    const proofs = tests.map(({ file, title }) => `            ${file}: ${title}`);
    return [`${run.result.padEnd(10)}  ${name}  ${figures}`, `            ${observed}`, ...proofs];
  }
}

/** @returns undefined where a test of it did not take part */
function resultOf({ tests }: FaultRow, cases: readonly TestCase[]): FaultResult | undefined {
  const own = tests.map((test) =>
    cases.filter(({ name, module }) => module.moduleId.endsWith(`/${test.file}`) && isOf(name, test)),
  );
  if (own.some((found) => found.length === 0)) return undefined;
  const all = own.flat();
  const results = all.map((test) => test.result());
  const figures = sumOf(all.flatMap((test) => test.meta().faultFigures ?? []));
  const counted = figures === undefined ? {} : { figures };
  if (results.some(({ state }) => state === 'failed')) return { result: 'FAILED', ...counted };
  const left = results.find(({ state }) => state !== 'passed');
  if (left === undefined) return { result: 'ok', ...counted };
  return { result: 'skipped', reason: (left.state === 'skipped' && left.note) || 'there is no real control plane' };
}
