import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileSource } from '../../../runtime/src/settings/file-source.ts';
import { readYaml } from '../../../runtime/src/settings/read-yaml.ts';
import { generatedFiles } from '../../../tools/generate/generated-files.ts';

const root = join(import.meta.dirname, '..', '..', '..');

test.each([...generatedFiles()])('%s is as `npm run generate` writes it', async (path, content) => {
  expect(await readFile(join(root, path), 'utf8'), 'run `npm run generate` and commit').toBe(content);
});

test('the settings file that the documentation shows is one that collectors read', () => {
  const [, example = ''] = /```yaml\n([^`]+)```/.exec(generatedFiles().get('docs/settings.md') ?? '') ?? [];
  const result = readYaml(example);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  const { given, problems } = fileSource('/etc/eventbaton/eventbaton.yaml', result.root);
  expect(problems).toEqual([]);
  expect([...given.keys()]).toEqual(['collectKubernetesEvents', 'leaderLeaseDuration', 'tokenName', 'sinks']);
});
