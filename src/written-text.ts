/** Text that cdk8s writes so that Go, in which kubectl and all others who read manifests are written, does not read it back. */
import { Yaml } from 'cdk8s';
import { unless } from './problems.ts';

/** What cdk8s leaves as it is, and YAML in Go refuses or takes for a line break. */
const unreadable = /[\u007F-\u009F\u2028\u2029\uFFFE\uFFFF]|\p{Cs}/u;

/** Beyond the numbers of YAML 1.1, which cdk8s puts in quotes, Go knows `0o17`, `0X1F` and `0B1`, and passes over every `_`. */
const numberInGo = /^[-+]?(?:0x[0-9a-f]+|0o[0-7]+|0b[01]+|(?:\.[0-9]+|[0-9]+\.?[0-9]*)(?:e[-+]?[0-9]+)?)$/i;

export function writtenTextProblems(place: string, text: unknown): readonly string[] {
  if (typeof text !== 'string') return [];
  const [found = ''] = unreadable.exec(text) ?? [];
  return [
    ...unless(found === '', `${place} holds ${codePoint(found)}, which those who read the manifests refuse or change`),
    ...unless(
      !isNumberInGo(text),
      `${place}: "${text}" is a number to those who read the manifests, for cdk8s writes it without quotes`,
    ),
  ];
}

function isNumberInGo(text: string): boolean {
  return /^[-+0-9]/.test(text) && numberInGo.test(text.replaceAll('_', '')) && Yaml.stringify(text) === `${text}\n`;
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
