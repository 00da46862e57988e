/** The tree's values in three forms: as they are by default, as expressions over `.Values`, and as a person's over the default ones. */
import { overDefault } from '../defaults.ts';
import { Expression, type ExpressionKind, type Val } from '../symbolic/expression.ts';
import { type ValuesTree, valuesTree } from './tree.ts';
import { type Group, isNullable, isValue, type Schema, type Value } from './value.ts';

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

/** As `helm` merges what a person gives. */
export function valuesOver(given: Readonly<Record<string, unknown>>): Values {
  return overDefault(defaultValues(), given) as Values;
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
  const { type, pattern, minLength, enum: choices } = schema;
  if (isNullable(schema) || type === 'array' || type === 'object') return false;
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
