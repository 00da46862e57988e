import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { podMonitorCrd, podMonitorSource } from '../../../tools/imports/crd.ts';
import { heading, importedFile } from '../../../tools/imports/generated.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('what is imported was made of the version that the tool names', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../..', importedFile), 'utf8');
  expect(text.startsWith(heading(podMonitorSource)), 'npm run imports').toBe(true);
  expect(text).toContain('export class PodMonitor extends ApiObject');
});

describe('the definition of PodMonitor', () => {
  test('cannot be had without Go, and says so', async () => {
    await expect(podMonitorCrd({ PATH: temporaryFolder() })).rejects.toThrow('there is no `go` in PATH: install Go');
  });

  function putGo(folder: string, script: string): void {
    writeFileSync(join(folder, 'go'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'go'), 0o755);
  }

  test('cannot be had where Go does not get the module: what was tried and answered is told', async () => {
    const folder = temporaryFolder();
    putGo(folder, 'echo "{}"; echo "not found" >&2; exit 1');
    await expect(podMonitorCrd({ PATH: folder })).rejects.toThrow(
      /^go mod download -json \S+prometheus-operator@v\S+ ended with 1.*\n[^]*not found/,
    );
  });

  test("is read from the module's folder in Go's cache", async () => {
    const folder = temporaryFolder();
    const [, path = ''] = podMonitorSource.split(', ');
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), 'kind: CustomResourceDefinition\n');
    putGo(folder, `echo '{"Dir": "${folder}"}'`);
    expect(await podMonitorCrd({ PATH: folder })).toBe('kind: CustomResourceDefinition\n');
  });
});
