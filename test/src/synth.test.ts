import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { manifests } from './manifests.ts';

const root = resolve(import.meta.dirname, '../..');

test('`cdk8s synth` writes one file, with the objects that the constructs describe', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'eventbaton-synth-'));
  try {
    const words = ['cdk8s', 'synth', '--check-upgrade=false', '--output', folder];
    await promisify(execFile)('npx', words, { cwd: root });
    expect(await readdir(folder)).toEqual(['app.k8s.yaml']);
    const text = await readFile(join(folder, 'app.k8s.yaml'), 'utf8');
    expect(parseAllDocuments(text).map((document) => document.toJS())).toEqual(manifests());
    await expect(text).toMatchFileSnapshot('../golden/collector.yaml');
  } finally {
    await rm(folder, { recursive: true });
  }
});
