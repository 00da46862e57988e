import { valuesTree } from './tree.ts';
import { type Group, isValue } from './value.ts';

/** The table of values in the chart's README. */
export function valuesTable(): string {
  return ['| value | default | what it does |', '|---|---|---|', ...rows(valuesTree, [])].join('\n');
}

function rows(members: Group['group'], path: readonly string[]): readonly string[] {
  return Object.entries(members).flatMap(([name, node]) => {
    const here = [...path, name];
    if (!isValue(node)) return rows(node.group, here);
    const fallback = JSON.stringify(node.value).replaceAll('|', '\\|');
    return [`| \`${here.join('.')}\` | \`${fallback}\` | ${node.text.replaceAll('|', '\\|')} |`];
  });
}
