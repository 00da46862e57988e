/** Nodes of the tree of chart values. */

/** JSON Schema, draft 7. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Value<T = unknown> {
  readonly value: T;
  /** For the person who reads values.yaml: one sentence or two. */
  readonly text: string;
  readonly schema: Schema;
  /** YAML that stands commented out below the value, to be tried as it is. */
  readonly example?: string;
}

export interface Group {
  readonly group: Readonly<Record<string, Value | Group>>;
  readonly text: string;
  /** What its members have to be together; `additionalProperties` if others may stand beside them. */
  readonly rule?: Schema;
}

export function isValue(node: Value | Group): node is Value {
  return 'schema' in node;
}

/** Whether the default itself is null: the collector has one, or a settings file. */
export function isOptional({ type }: Schema): boolean {
  return Array.isArray(type) && type.includes('null');
}

/** Null instead of a value is as if it was not given. */
export function nullable({ type, enum: choices, ...schema }: Schema): Schema {
  return {
    ...(type === undefined ? {} : { type: [...new Set([type, 'null'].flat())] }),
    ...(choices === undefined ? {} : { enum: [choices, null].flat() }),
    ...schema,
  };
}

/** Declares one: its default decides the type. */
export function value<T>(fallback: T, text: string, schema: Schema, example?: string): Value<T> {
  return { value: fallback, text, schema, ...(example === undefined ? {} : { example }) };
}

export const flag = (fallback: boolean, text: string) => value(fallback, text, { type: 'boolean' });

export const string = (fallback: string, text: string, schema: Schema = {}) =>
  value(fallback, text, { type: 'string', ...schema });

export const integer = (fallback: number, least: number, text: string, schema: Schema = {}) =>
  value(fallback, text, { type: 'integer', minimum: least, ...schema });

/** Null: the collector's own default, or that of a settings file. */
export const optionalNumber = (type: 'integer' | 'number', text: string, schema: Schema = {}) =>
  value(null as number | null, text, { type: [type, 'null'], ...schema });

export const list = (text: string, schema: Schema = {}, example?: string) =>
  value([] as readonly Readonly<Record<string, unknown>>[], text, { type: 'array', ...schema }, example);

export const map = (fallback: Readonly<Record<string, unknown>>, text: string, schema: Schema = {}, example?: string) =>
  value(fallback, text, { type: 'object', ...schema }, example);

/** Of a map of names and their text, such as annotations. Null takes an entry away. */
export const texts: Schema = { additionalProperties: { type: ['string', 'null'] } };

/**
 * Keys of a map that only the chart sets. Helm 3.22 reports what `propertyNames` refuses at a random other place, and what a property refuses at
 * its own.
 */
export const without = (keys: readonly string[]): Schema => ({
  properties: Object.fromEntries(keys.map((key) => [key, { type: 'null' }])),
});

export const textMap = (text: string, schema: Schema = {}) => map({}, text, { ...texts, ...schema });

export function group<T extends Group['group']>(
  text: string,
  members: T,
  rule: Schema = {},
): { readonly group: T; readonly text: string; readonly rule: Schema } {
  return { group: members, text, rule };
}
