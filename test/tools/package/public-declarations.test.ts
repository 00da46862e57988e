import { describe, expect, test } from 'vitest';
import { publicDeclarations } from '../../../tools/package/public-declarations.ts';

function publicFrom(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const read = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error(`there is no ${path}`);
    return text;
  };
  return Object.fromEntries(publicDeclarations('index.d.ts', read));
}

describe('the public declarations', () => {
  test('are those that the entry leads to, by whatever way, and no others', () => {
    const files = {
      'index.d.ts': "export { A } from './a.ts';\nexport type { B } from './b.ts';\n",
      'a.d.ts': "export declare class A { readonly c: import('./deep/c.ts').C; }\n",
      'b.d.ts': "import './d.ts';\n",
      'd.d.ts': '',
      'deep/c.d.ts': "import type { B } from '../b.ts';\n",
      'private.d.ts': '',
    };
    expect(Object.keys(publicFrom(files)).toSorted()).toEqual([
      'a.d.ts',
      'b.d.ts',
      'd.d.ts',
      'deep/c.d.ts',
      'index.d.ts',
    ]);
  });

  test('name each other as every compiler resolves it, and packages as they are', () => {
    const files = {
      'index.d.ts': `import { App } from 'cdk8s';\nexport { A } from "./a.ts";\nexport type B = import('./a.ts').B;\n`,
      'a.d.ts': '/** Not "./a.ts" in a comment. */\n',
    };
    expect(publicFrom(files)).toEqual({
      ...files,
      'index.d.ts': `import { App } from 'cdk8s';\nexport { A } from "./a.js";\nexport type B = import('./a.js').B;\n`,
    });
  });

  test('do not lead out of what is published: whoever does that is told from where to where', () => {
    const files = {
      'index.d.ts': "export { A } from './deep/a.ts';\n",
      'deep/a.d.ts': "import type { Settings } from '../../runtime/src/contract/settings.ts';\n",
    };
    expect(() => publicFrom(files)).toThrow(
      'the public types lead from src/deep/a.d.ts to runtime/src/contract/settings.d.ts',
    );
  });
});
