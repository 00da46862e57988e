import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

const textOf = (file: string) => readFileSync(resolve(src, file), 'utf8');

interface Property {
  readonly name: string;
  readonly optional: boolean;
  readonly comment: string;
}

/** By interface, those that are exported; of one-line groups within a property, the property alone. */
function interfacesIn(text: string): ReadonlyMap<string, readonly Property[]> {
  const found = text.matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}/gms);
  return new Map(Array.from(found, ([, name = '', body = '']) => [name, propertiesIn(body)]));
}

function propertiesIn(body: string): readonly Property[] {
  const found = body.matchAll(/(?:^ {2}\/\*\*((?:(?!\*\/).)*)\*\/\n)?^ {2}readonly (\w+)(\??):/gms);
  return Array.from(found, ([, comment = '', name = '', mark]) => ({ name, optional: mark === '?', comment }));
}

test.each(['collector-props.ts', 'collector-settings.ts', 'pod-props.ts'])(
  'every property in %s that may be left out says what holds then',
  (file) => {
    const members = [...interfacesIn(textOf(file))].flatMap(([name, properties]) =>
      properties.map((property) => ({ ...property, name: `${name}.${property.name}` })),
    );
    expect(members).toHaveLength(textOf(file).match(/^ +readonly \w/gm)?.length ?? 0);
    const silent = members.filter(({ optional, comment }) => optional && !/@default \S/.test(comment));
    expect(silent.map(({ name }) => name)).toEqual([]);
  },
);
