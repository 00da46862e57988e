import { describe, expect, test } from 'vitest';
import { readYaml } from '../../../runtime/src/settings/read-yaml.ts';
import { lineOf, plainValue, type YamlNode } from '../../../runtime/src/settings/yaml-node.ts';

function rootOf(text: string): YamlNode {
  const result = readYaml(text);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  if (result.root === undefined) throw new Error('it holds nothing');
  return result.root;
}

const problemsOf = (text: string) => {
  const result = readYaml(text);
  return 'problems' in result ? result.problems : [];
};

describe('a text of YAML', () => {
  test('is what JSON would say', () => {
    const text = 'a: 1\nb: [x, "2", 3.5, true, ~]\nc:\n  d: |\n    two\n    lines\n  e: {f: g}\n';
    expect(plainValue(rootOf(text))).toEqual({
      a: 1,
      b: ['x', '2', 3.5, true, null],
      c: { d: 'two\nlines\n', e: { f: 'g' } },
    });
  });

  test('may be JSON itself', () => {
    expect(plainValue(rootOf('[{"type":"stdout","required":false}]'))).toEqual([{ type: 'stdout', required: false }]);
  });

  test('keeps each scalar as it was written beside what it means, so that neither 0x10, 1e3, 12:30 nor yes is lost', () => {
    const root = rootOf('a: 0x10\nb: 1e3\nc: 12:30\nd: yes\ne: "quoted"\nf: 2020-01-01\n');
    if (root.kind !== 'mapping') throw new Error('no mapping');
    const texts = root.members.map(({ node }) => (node.kind === 'scalar' ? node.text : ''));
    expect(texts).toEqual(['0x10', '1e3', '12:30', 'yes', 'quoted', '2020-01-01']);
  });

  test('knows the line of each part, and of the nearest one above what is not there', () => {
    const root = rootOf('# first\na: 1\nsinks:\n  - type: stdout\n  - type: file\n    path: x\n');
    expect(lineOf(root, [])).toBe(2);
    expect(lineOf(root, ['a'])).toBe(2);
    expect(lineOf(root, ['sinks', 1, 'path'])).toBe(6);
    expect(lineOf(root, ['sinks', 1, 'batch', 'bytes'])).toBe(5);
    expect(lineOf(root, ['sinks', 7])).toBe(4);
  });

  test.each(['', '\n\n', '# only a comment\n', '---\n', '---\n# comment\n...\n'])('%j holds nothing', (text) => {
    const result = readYaml(text);
    expect(result).not.toHaveProperty('problems');
    if ('root' in result && result.root !== undefined) expect(plainValue(result.root)).toBeNull();
  });

  test('may use anchors, and merge mappings as the Agent does: what stands there itself comes first', () => {
    const text = 'x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: 5\nw: *x\n';
    expect(plainValue(rootOf(text))).toMatchObject({ z: { a: 5, b: 2, c: 4 }, w: { a: 1, b: 2 } });
  });

  test('with a key such as __proto__ is data, not more', () => {
    const value = plainValue(rootOf('__proto__: {polluted: 1}\n')) as object;
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect(value).not.toHaveProperty('polluted');
  });
});

describe('refused, with the line and without a word of the text, is', () => {
  const secret = 'hunter2';

  test.each([
    ['a key that stands there twice', `a: 1\nb: 2\na: ${secret}\n`, 3, 'twice'],
    ['such a key deep inside', `a:\n  b: 1\n  b: ${secret}\n`, 3, 'twice'],
    ['a tab in an indentation', `a:\n\tb: ${secret}\n`, 2, 'a tab'],
    ['a bracket that is not closed', `a: [${secret}\nb: 1\n`, 2, ''],
    ['a quote that is not closed', `a: "${secret}\n`, 2, 'missing'],
    ['an escape that does not exist', `a: "\\q${secret}"\n`, 1, 'an escape'],
    ['an indentation that does not fit', `a: ${secret}\n  b: 2\n`, 1, 'indentation'],
    ['an alias of nothing', `a: *${secret}\n`, 1, 'an alias'],
    ['an alias inside of what it means', `a: &${secret} [*${secret}]\n`, 1, 'an alias'],
    ['a second document', `a: 1\n---\nb: ${secret}\n`, 2, 'a second document'],
    ['a key that is a list', `? [${secret}]\n: 1\n`, 1, 'no plain text'],
    ['a merge of what is no mapping', `<<: ${secret}\n`, 1, 'only mappings'],
    ['a sign that begins no value', `a: @${secret}\n`, 1, 'quotes'],
  ])('%s', (_what, text, line, words) => {
    const problems = problemsOf(text);
    expect(problems[0]?.line).toBe(line);
    expect(problems[0]?.text).toContain(words);
    expect(JSON.stringify(problems)).not.toContain(secret);
  });

  test('a bomb of aliases', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = Array.from({ length: 9 }, () => (level === 0 ? 'x' : `*a${level - 1}`));
      return `a${level}: &a${level} [${items.join(', ')}]`;
    });
    expect(problemsOf(levels.join('\n'))).toEqual([{ line: 1, text: 'aliases that multiply what was written' }]);
    expect(problemsOf(levels.slice(0, 3).join('\n'))).toEqual([]);
  });

  test.each([
    ['lists', '['.repeat(5_000)],
    ['mappings', '{a: '.repeat(5_000)],
    ['blocks', '- '.repeat(5_000)],
    ['closed lists', '['.repeat(65) + ']'.repeat(65)],
  ])('nesting without end, of %s', (_what, text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0);
  });

  test('everything at once, one problem per line and no more than ten', () => {
    const twice = Array.from({ length: 20 }, (_, index) => `k${index}: 1\nk${index}: 2`).join('\n');
    const lines = problemsOf(twice).map(({ line }) => line);
    expect(lines).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
  });
});

test('a mapping of many keys is no burden', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => `key${index}: v`).join('\n');
  const root = rootOf(keys);
  expect(root.kind === 'mapping' && root.members.length).toBe(20_000);
});
