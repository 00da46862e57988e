/**
 * How values are put together. With literals each of these decides at once; with an expression it leaves what decides at installation. Construct
 * code never branches on a value by itself: `if (expression)` would silently take one side.
 */
import type { Entries } from '../entries.ts';
import { argument, Expression, isExpression, type Scalar, type Val } from './expression.ts';
import { Conditional, ConditionalItems, Each, isSymbolic, Keyed, Named, OmittedWhenEmpty, Spread } from './nodes.ts';

/** Text with values in it. */
export function text(parts: TemplateStringsArray, ...values: readonly Val<Scalar>[]): Val<string> {
  if (!values.some(isExpression)) return String.raw({ raw: parts }, ...values);
  const format = parts.map((part) => part.replaceAll('%', '%%')).join('%v');
  return new Expression(`printf ${[JSON.stringify(format), ...values.map(argument)].join(' ')}`, 'string');
}

/** Neither absent nor empty. Not for numbers: 0 is a number like others. */
export function given(value: Val<string | readonly unknown[] | Entries> | undefined | null): Val<boolean> {
  if (isExpression(value)) return value.present || new Expression(value.go, 'flag');
  if (value === undefined || value === null) return false;
  return (typeof value === 'object' && !Array.isArray(value) ? Object.keys(value) : (value as string)).length > 0;
}

/** Not absent. */
export function isSet(value: unknown): Val<boolean> {
  if (isExpression(value)) return value.present || new Expression(`not (kindIs "invalid" ${value.argument})`, 'flag');
  return value !== undefined && value !== null;
}

export function equal<T extends Scalar>(value: Val<T>, other: T): Val<boolean> {
  return isExpression(value) ? new Expression(`eq ${value.argument} ${argument(other)}`, 'flag') : value === other;
}

export function not(condition: Val<boolean>): Val<boolean> {
  return isExpression(condition) ? new Expression(`not ${condition.argument}`, 'flag') : !condition;
}

export function and(...conditions: readonly Val<boolean>[]): Val<boolean> {
  if (conditions.includes(false)) return false;
  return (
    joined(
      'and',
      conditions.filter((condition) => condition !== true),
    ) ?? true
  );
}

export function or(...conditions: readonly Val<boolean>[]): Val<boolean> {
  if (conditions.includes(true)) return true;
  return (
    joined(
      'or',
      conditions.filter((condition) => condition !== false),
    ) ?? false
  );
}

function joined(word: string, conditions: readonly Val<boolean>[]): Val<boolean> | undefined {
  if (conditions.length < 2) return conditions[0];
  return new Expression(`${word} ${conditions.map(argument).join(' ')}`, 'flag');
}

/** The text, or the other where it is absent or empty. */
export function orElse(value: Val<string> | undefined, other: Val<string>): Val<string> {
  if (isExpression(value)) return new Expression(`default ${argument(other)} ${value.argument}`, 'string');
  return value === undefined || value === '' ? other : value;
}

/** Rounded up, plus a whole number. */
export function ceilingPlus(value: Val<number>, more: number): Val<number> {
  return isExpression(value)
    ? new Expression(`add (ceil ${value.argument}) ${more}`, 'integer')
    : Math.ceil(value) + more;
}

/** The node if the condition holds, else nothing, or the other one. */
export function when<T>(condition: Val<boolean>, node: T, otherwise?: T): T | undefined {
  if (isExpression(condition)) return new Conditional(condition, node, otherwise) as unknown as T;
  return condition ? node : otherwise;
}

/** Items of a list, if the condition holds. */
export function itemsWhen<T>(condition: Val<boolean>, rows: readonly T[]): readonly T[] {
  if (!isExpression(condition)) return condition ? rows : [];
  return [new ConditionalItems(condition, rows) as unknown as T];
}

/** Items by the case that the value is. */
export function itemsByCase<T extends string, I>(
  value: Val<T>,
  cases: readonly T[],
  rows: (of: T) => readonly I[],
): readonly I[] {
  return isExpression(value) ? cases.flatMap((of) => itemsWhen(equal(value, of), rows(of))) : rows(value);
}

/** A map or list; nothing where it is empty. */
export function orOmit<T extends readonly unknown[] | Entries>(value: Val<T> | undefined): T | undefined {
  if (isExpression(value)) return new OmittedWhenEmpty(value) as unknown as T;
  return given(value) === true ? value : undefined;
}

/** The entries that are there; nothing where none is. */
export function presentEntries(map: Entries): Entries | undefined {
  const present = Object.entries(map).filter(([, value]) => value !== undefined);
  return present.length > 0 ? Object.fromEntries(present) : undefined;
}

/** The items of a list, to stand among others: `[...items(list)]`. */
export function items<T>(list: Val<readonly T[]> | undefined): readonly T[] {
  return isExpression(list) ? [new Spread(list) as unknown as T] : (list ?? []);
}

/** One node for each item. Within it, `field` names a field of the item. @param variable its name in a template */
export function each<I extends object, T>(
  list: Val<readonly I[]>,
  variable: string,
  node: (field: <K extends keyof I & string>(key: K, kind?: 'string' | 'integer') => Val<I[K]>) => T,
): readonly T[] {
  if (!isExpression(list)) return list.map((item) => node((key) => item[key]));
  const field = <K extends keyof I & string>(key: K, kind: 'string' | 'integer' = 'string') =>
    new Expression<I[K]>(`$${variable}.${key}`, kind);
  return [new Each(list, variable, node(field)) as unknown as T];
}

/** The entries of a map, to stand among others: `{...entries(map)}`. */
export function entries(map: Val<Entries> | undefined): Entries {
  return isExpression(map) ? { [`$spread ${map.go}`]: new Spread(map) } : (map ?? {});
}

/** The maps' entries; of those with one key the first map's, unless it is empty: so do Helm's functions merge. */
export function merged(...maps: readonly (Val<Entries> | undefined)[]): Val<Entries> {
  const present = maps.filter((map) => map !== undefined);
  if (!present.some(isExpression)) return (present as readonly Entries[]).reduce(mergedPair, {});
  const [only, ...others] = present.filter((map) => isExpression(map) || Object.keys(map).length > 0);
  if (others.length === 0 && isExpression(only)) return only;
  return new Expression(`merge (dict) ${[only, ...others].map(mapArgument).join(' ')}`, 'map');
}

function mergedPair(first: Entries, second: Entries): Entries {
  const filled = Object.entries(first).filter(([key, value]) => value !== '' || !Object.hasOwn(second, key));
  return { ...first, ...second, ...Object.fromEntries(filled) };
}

function mapArgument(map: Val<Entries> | undefined): string {
  if (isExpression(map)) return `(default dict ${map.argument})`;
  const pairs = Object.entries(map ?? {}).flatMap(([key, value]) => [
    JSON.stringify(key),
    argument(value as Val<Scalar>),
  ]);
  return `(dict ${pairs.join(' ')})`;
}

/** An entry under this name: `{...keyed(name, value)}`. */
export function keyed(key: Val<string>, value: unknown): Entries {
  return isExpression(key) ? { [`$keyed ${key.go}`]: new Keyed(key, value) } : { [key]: value };
}

/** A map that several places share. @param name of the template that it becomes, where something in it is symbolic */
export function named(name: string, map: Entries): Entries {
  return isSymbolic(map) ? { [`$named ${name}`]: new Named(name, map, {}) } : map;
}

/** A list that several places share. @param variables of the template that it becomes, as Go expressions by name */
export function namedList<T>(
  name: string,
  list: readonly T[],
  variables: Readonly<Record<string, string>>,
): readonly T[] {
  return isSymbolic(list) ? (new Named(name, list, variables) as unknown as readonly T[]) : list;
}
