import { valuesTree } from './tree.ts';
import { type Group, isValue, nullable, type Schema } from './value.ts';

/**
 * values.schema.json. Closed, so that a slip is told; only what parent charts put beside our values is let through: others' global values, and
 * the switch of a dependency, `enabled`. No value is required, and each may be null: templates then see its default.
 */
export function valuesSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart eventbaton',
    ...objectOf(valuesTree, { enabled: { type: ['boolean', 'null'] } }),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function objectOf(members: Group['group'], more: Readonly<Record<string, Schema>> = {}): Schema {
  const properties = Object.entries(members).map(([name, node]) => [
    name,
    isValue(node)
      ? { description: node.text, default: node.value, ...nullable(node.schema) }
      : { description: node.text, ...nullable(objectOf(node.group)), ...node.rule },
  ]);
  return {
    type: 'object',
    additionalProperties: false,
    properties: { ...Object.fromEntries(properties), ...more },
  };
}
