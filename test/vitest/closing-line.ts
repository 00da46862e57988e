import type { Reporter, TestModule } from 'vitest/node';
import { collectResults } from './results.ts';

/** Ends a run of vitest itself with the line that machines read. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const { passed, failures, skipped } = collectResults(modules, errors);
    process.on('exit', () =>
      process.stdout.write(`${passed.length} passed, ${failures.length} failed, ${skipped.length} skipped\n`),
    );
  }
}
