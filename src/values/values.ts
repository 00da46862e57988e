/** The tree's values in three forms: as they are by default, as expressions over `.Values`, and as a person's over the default ones. */
import { overDefault } from '../defaults.ts';
import { type Entries, isEntries } from '../entries.ts';
import { Expression, type ExpressionKind, type Val } from '../symbolic/expression.ts';
import { type ValuesTree, valuesTree } from './tree.ts';
import { type Group, isOptional, isValue, type Schema, type Value } from './value.ts';

type Of<N> =
  N extends Value<infer T>
    ? Val<T>
    : N extends { readonly group: infer G }
      ? { readonly [K in keyof G]: Of<G[K]> }
      : never;

export type Values = { readonly [K in keyof ValuesTree]: Of<ValuesTree[K]> };

type Members = Group['group'];

export function defaultValues(members: Members = valuesTree): Readonly<Record<string, unknown>> {
  return mapped(members, (node) => node.value);
}

export function symbolicValues(): Values {
  return mapped(
    valuesTree,
    ({ schema }, path) => new Expression(['.Values', ...path].join('.'), kindOf(schema), isPresent(schema)),
  ) as Values;
}

/** As templates see what a person gives: null is the default, and takes away an entry of a map. */
export function valuesOver(given: Entries, members: Members = valuesTree): Values {
  const merged = Object.entries(members).map(([name, node]): [string, unknown] => {
    const value = given[name];
    if (!isValue(node)) return [name, valuesOver(isEntries(value) ? value : {}, node.group)];
    if (value === null || value === undefined) return [name, node.value];
    if (node === valuesTree.extraObjects) return [name, value];
    return [name, withoutNulls(isEntries(node.value) && isEntries(value) ? overDefault(node.value, value) : value)];
  });
  return Object.fromEntries(merged) as unknown as Values;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isEntries(value)) return value;
  const present = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
  return Object.fromEntries(present.map(([key, part]) => [key, withoutNulls(part)]));
}

/** Path, with dots, and default of each value that has one. */
export function valueDefaults(
  members: Members = valuesTree,
  path: readonly string[] = [],
): ReadonlyMap<string, unknown> {
  const found = Object.entries(members).flatMap(([name, node]): [string, unknown][] => {
    const here = [...path, name];
    if (!isValue(node)) return [...valueDefaults(node.group, here)];
    return node.value === null ? [] : [[here.join('.'), node.value]];
  });
  return new Map(found);
}

function mapped(
  members: Members,
  leaf: (node: Value, path: readonly string[]) => unknown,
  path: readonly string[] = [],
) {
  return Object.fromEntries(
    Object.entries(members).map(([name, node]): [string, unknown] => {
      const here = [...path, name];
      return [name, isValue(node) ? leaf(node, here) : mapped(node.group, leaf, here)];
    }),
  );
}

/** Whether the schema lets nothing through that is absent or empty. */
function isPresent(schema: Schema): boolean {
  const { pattern, minLength, enum: choices } = schema;
  const [type] = [schema['type']].flat();
  if (isOptional(schema) || type === 'array' || type === 'object') return false;
  if (type !== 'string') return true;
  if (Array.isArray(choices)) return !choices.includes('');
  return Number(minLength ?? 0) > 0 || (pattern !== undefined && !new RegExp(pattern as string).test(''));
}

function kindOf({ type }: Schema): ExpressionKind {
  const [kind] = Array.isArray(type) ? (type as string[]) : [type as string];
  switch (kind) {
    case 'boolean':
      return 'flag';
    case 'integer':
      return Array.isArray(type) && type.includes('string') ? 'scalar' : 'integer';
    case 'number':
      return 'scalar';
    case 'array':
      return 'list';
    case 'object':
      return 'map';
    default:
      return 'string';
  }
}
