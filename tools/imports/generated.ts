import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..');

/** Where the constructs of PodMonitor lie, from the root. */
export const importedFile = 'imports/monitoring.coreos.com.ts';

/**
 * Its first lines. What cdk8s generates are enums and plain imports of types: Node does not run them, and our compiler options refuse them. Whoever
 * imports a type from it is checked all the same.
 */
export function heading(source: string): string {
  return `// @ts-nocheck\n// Made by \`npm run imports\` from ${source}.\n`;
}

/** Constructs for the kind that a CustomResourceDefinition describes, by `cdk8s import`. */
export async function constructsFor(crd: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'eventbaton-imports-'));
  try {
    const file = join(folder, 'crd.yaml');
    writeFileSync(file, crd);
    const cli = join(root, 'node_modules', '.bin', 'cdk8s');
    const words = [
      'import',
      '--no-save',
      '--check-upgrade=false',
      '--language',
      'typescript',
      '--output',
      folder,
      file,
    ];
    await promisify(execFile)(process.execPath, [cli, ...words], { cwd: folder });
    return readFileSync(join(folder, 'monitoring.coreos.com.ts'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
