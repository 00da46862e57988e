import { settingsPage } from './settings-page.ts';

/** Paths from the repository's root, with what belongs there. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([['docs/settings.md', settingsPage()]]);
}
