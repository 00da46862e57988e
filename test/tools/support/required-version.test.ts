import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requiredVersion } from '../../../tools/support/required-version.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a version is the one that go.mod requires of exactly that module', () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'go.mod'),
    'module b\n\ntool a.io/b/cmd\n\nrequire (\n\ta.io/b/v2 v2.0.0 // indirect\n\ta.io/b v1.2.3\n)\n',
  );
  expect(requiredVersion(folder, 'a.io/b')).toBe('v1.2.3');
  expect(requiredVersion(folder, 'a.io/b/v2')).toBe('v2.0.0');
  expect(() => requiredVersion(folder, 'a.io')).toThrow(`${join(folder, 'go.mod')} requires no a.io`);
});
