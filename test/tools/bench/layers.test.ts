import { describe, expect, test } from 'vitest';
import {
  bareLayer,
  findLayers,
  foldersInOrder,
  isOwn,
  loadedLater,
  namesUsed,
  program,
} from '../../../tools/bench/layers.ts';

describe('layers', () => {
  test('begin with bare Node, and end with the runtime from the inside out', async () => {
    const names = (await findLayers()).map(({ name }) => name);
    expect(names[0]).toBe(bareLayer);
    expect(names.find((name) => isOwn({ name }))).toBe('own code, contract/');
    expect(names.at(-1)).toBe('own code, cli/');
  });

  test('leave out what is loaded only when it is needed', async () => {
    const imports = (await findLayers()).flatMap((layer) => layer.imports);
    expect(imports.some((each) => each.endsWith('/find-connection.ts'))).toBe(true);
    expect(imports.filter((each) => each.endsWith('/kubeconfig.ts'))).toEqual([]);
    expect([...loadedLater(["const { a } = await import('./b/c.ts');", "import { d } from './e.ts';"])]).toEqual([
      'c.ts',
    ]);
  });

  test('hold a folder that is not known yet before the last one', () => {
    expect(foldersInOrder(new Set(['cli', 'novel', 'support', 'contract']))).toEqual([
      'contract',
      'support',
      'novel',
      'cli',
    ]);
  });

  test('name of zod what is called, not its types', () => {
    const texts = ['z.object({ a: z.string() })', 'type A = z.infer<typeof a>'];
    expect(namesUsed(texts, ['object', 'string', 'url'])).toEqual(['object', 'string']);
  });
});

test('the program of some imports keeps all of them alive, and says when it has loaded them', () => {
  expect(program(['* from node:https', 'a, b from /x.ts']).split('\n')).toEqual([
    'import * as all_0 from "node:https";',
    'import { a as a_1, b as b_1 } from "/x.ts";',
    'globalThis.kept = [all_0, a_1, b_1];',
    'process.title = "loaded";',
    'setInterval(() => undefined, 60_000);',
    '',
  ]);
});
