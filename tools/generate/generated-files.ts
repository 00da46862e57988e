import { join } from 'node:path';
import { chartFiles } from '../../src/helm/chart-files.ts';
import { readFaultResults } from '../faults/fault-results.ts';
import { faultsPage, faultsPagePath } from './faults-page.ts';
import { manifestFiles } from './manifests.ts';
import { settingsPage } from './settings-page.ts';

const root = join(import.meta.dirname, '..', '..');

/** Paths from the repository's root, with what belongs there. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/settings.md', settingsPage()],
    [faultsPagePath, faultsPage(readFaultResults(root))],
    ...manifestFiles(),
    ...[...chartFiles()].map(([path, content]): [string, string] => [`charts/eventbaton/${path}`, content]),
  ]);
}
