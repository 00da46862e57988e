import { stringify } from 'yaml';
import { valuesTree } from './tree.ts';
import { type Group, isValue, type Value } from './value.ts';

const width = 110;

/** values.yaml: every value with its default and a comment, and examples that stand commented out. */
export function valuesYaml(): string {
  const intro = [
    '# Values of the chart eventbaton. Where the default is `null`, the collector, a settings file or Kubernetes has one.',
    '',
  ];
  return `${[...intro, ...membersOf(valuesTree, '')].join('\n')}\n`;
}

function membersOf(members: Group['group'], pad: string): readonly string[] {
  return Object.entries(members).flatMap(([name, node], index) => {
    const space = pad === '' && index > 0 ? [''] : [];
    return [...space, ...(isValue(node) ? valueLines(name, node, pad) : groupLines(name, node, pad))];
  });
}

function groupLines(name: string, { group, text }: Group, pad: string): readonly string[] {
  return [...comment(text, pad), `${pad}${name}:`, ...membersOf(group, `${pad}  `)];
}

function valueLines(name: string, { value, text, example }: Value, pad: string): readonly string[] {
  const yaml = stringify({ [name]: value }, { version: '1.1', lineWidth: 0 })
    .trimEnd()
    .split('\n');
  const shown = example?.trimEnd().split('\n') ?? [];
  return [
    ...comment(`-- ${text}`, pad),
    ...yaml.map((line) => `${pad}${line}`),
    ...shown.map((line) => `${pad}#  ${line}`),
  ];
}

function comment(text: string, pad: string): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + word.length + pad.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((line) => `${pad}# ${line}`);
}
