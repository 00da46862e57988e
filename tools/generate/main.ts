/** `npm run generate`: writes every file that is made from another one. A test fails while one of them is stale. */
import { writeFileSync } from 'node:fs';
import { generatedFiles } from './generated-files.ts';

for (const [path, content] of generatedFiles()) {
  writeFileSync(path, content);
  process.stdout.write(`${path}\n`);
}
