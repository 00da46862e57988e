import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartFiles } from '../../../src/helm/chart-files.ts';
import { valuesYaml } from '../../../src/values/values-yaml.ts';
import { defaultValues } from '../../../src/values/values.ts';

const committed = join(import.meta.dirname, '../../../charts/eventbaton');

describe('the committed chart', () => {
  test('has no file more than `npm run generate` makes, and none less', () => {
    const files = readdirSync(committed, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map(({ parentPath, name }) => join(parentPath, name).slice(committed.length + 1));
    expect(paths.sort()).toEqual([...chartFiles().keys()].sort());
  });

  test('has in values.yaml exactly the values of the tree', () => {
    expect(parse(valuesYaml())).toEqual(defaultValues());
  });

  test('has examples in values.yaml that are valid values once the comment is taken away', () => {
    const lines = valuesYaml().split('\n');
    const start = lines.indexOf('sinks: []');
    const example = lines
      .slice(start + 1)
      .filter((_line, index, rest) => rest.slice(0, index + 1).every((one) => one.startsWith('#  ')));
    const { sinks } = parse(['sinks:', ...example.map((line) => line.slice(1))].join('\n')) as {
      sinks: { type: string }[];
    };
    expect(sinks.map(({ type }) => type)).toEqual(['stdout', 'file', 'http']);
  });
});
