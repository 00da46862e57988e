/** `npm run package`: writes lib/, what the npm package holds of the constructs. */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeCode } from './code.ts';
import { writeDeclarations } from './declarations.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'lib');

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
// The package around it is one of ES modules.
writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
await writeDeclarations(root, folder);
await writeCode(root, folder);
for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
  const file = join(folder, name);
  if (statSync(file).isFile()) process.stdout.write(`${relative(root, file)} ${statSync(file).size}\n`);
}
