import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface LockedPackage {
  readonly engines?: { readonly node?: string };
  readonly hasInstallScript?: boolean;
}

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

/** Whether some alternative, for example of `^20.19.0 || >=22.12.0`, takes the latest Node 20. */
function takesNode20(range: string): boolean {
  return range.split('||').some((alternative) => {
    const [, operator = '', major = '0'] = /([\^~>=]*)\s*v?(\d+)/.exec(alternative) ?? [];
    return operator.startsWith('>') ? Number(major) <= 20 : Number(major) === 20 || /^\s*\*?\s*$/.test(alternative);
  });
}

test('on Node 20 `npm ci` warns once, of eventbaton itself: the commands run on the pinned Node', () => {
  const warning = packages.flatMap(([path, { engines: { node = '*' } = {} }]) => (takesNode20(node) ? [] : [path]));
  expect(warning, 'take `engines` of these out of package-lock.json').toEqual([]);
});

test('no package runs a script when it is installed', () => {
  expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
});
