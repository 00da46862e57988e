import { join } from 'node:path';
import { readFaultResults } from '../faults/fault-results.ts';
import { faultsPage, faultsPagePath } from './faults-page.ts';
import { settingsPage } from './settings-page.ts';

const root = join(import.meta.dirname, '..', '..');

/** Paths from the repository's root, with what belongs there. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/settings.md', settingsPage()],
    [faultsPagePath, faultsPage(readFaultResults(root))],
  ]);
}
