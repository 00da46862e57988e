/** What a text of YAML holds, each part with the line that it stands on. */
export type YamlNode =
  | {
      readonly kind: 'scalar';
      readonly line: number;
      /** As it was written, without quotes. */
      readonly text: string;
      readonly value: string | number | bigint | boolean | null;
    }
  | { readonly kind: 'list'; readonly line: number; readonly items: readonly YamlNode[] }
  | { readonly kind: 'mapping'; readonly line: number; readonly members: readonly YamlMember[] };

export interface YamlMember {
  readonly key: string;
  /** Of the key. */
  readonly line: number;
  readonly node: YamlNode;
}

export interface YamlProblem {
  readonly line: number;
  readonly text: string;
}

/** @see readYaml; `root` is undefined where the text holds nothing but comments */
export type YamlResult =
  | { readonly root: YamlNode | undefined }
  | { readonly problems: readonly [YamlProblem, ...YamlProblem[]] };

/** The node as JSON would give it. */
export function plainValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainValue);
    default:
      return Object.fromEntries(node.members.map(({ key, node: member }) => [key, plainValue(member)]));
  }
}

/** The line of the part that `path` leads to, or of what is nearest above it. */
export function lineOf(node: YamlNode, path: readonly PropertyKey[]): number {
  const [step, ...rest] = path;
  if (node.kind === 'list') {
    const item = typeof step === 'number' ? node.items[step] : undefined;
    return item === undefined ? node.line : lineOf(item, rest);
  }
  const member = node.kind === 'mapping' ? node.members.find(({ key }) => key === step) : undefined;
  if (member === undefined) return node.line;
  return rest.length === 0 ? member.line : lineOf(member.node, rest);
}
