import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatedFiles } from '../../../tools/generate/generated-files.ts';

const root = join(import.meta.dirname, '..', '..', '..');

test.each([...generatedFiles()])('%s is as `npm run generate` writes it', async (path, content) => {
  expect(await readFile(join(root, path), 'utf8'), 'run `npm run generate` and commit').toBe(content);
});
