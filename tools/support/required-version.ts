import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version, e.g. `v3.22.0`, that the go.mod in a folder requires of a module: what a build from it takes. */
export function requiredVersion(folder: string, module: string): string {
  const file = join(folder, 'go.mod');
  const words = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const version = words.find(([first]) => first === module)?.[1];
  if (version === undefined) throw new Error(`${file} requires no ${module}: add it with go get`);
  return version;
}
