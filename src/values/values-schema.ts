import { valuesTree } from './tree.ts';
import { type Group, isNullable, isValue, type Schema } from './value.ts';

/**
 * values.schema.json. Closed, so that a slip is told; only what Helm and parent charts put beside our values is let through: `global`, and the
 * switch of a dependency, `enabled`.
 */
export function valuesSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart eventbaton',
    ...objectOf(valuesTree, { global: { type: 'object' }, enabled: { type: 'boolean' } }),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function objectOf(members: Group['group'], more: Readonly<Record<string, Schema>> = {}): Schema {
  const properties = Object.entries(members).map(([name, node]) => [
    name,
    isValue(node)
      ? { description: node.text, default: node.value, ...node.schema }
      : { description: node.text, ...objectOf(node.group), ...node.rule },
  ]);
  // Helm takes away what is null: without the list, a value that has to be there would be missing without a word.
  const required = Object.entries(members).flatMap(([name, node]) =>
    isValue(node) && isNullable(node.schema) ? [] : [name],
  );
  return {
    type: 'object',
    additionalProperties: false,
    required,
    properties: { ...Object.fromEntries(properties), ...more },
  };
}
