/**
 * Text of YAML to {@link YamlNode}s. Its library is larger than the rest of the collector, so this module is imported only where there is YAML
 * to read; it imports nothing else of the collector, which would come along.
 *
 * No problem quotes the text: a secret may stand in it. Not promised: tags, which are passed over.
 */
import {
  type Alias,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { YamlMember, YamlNode, YamlProblem, YamlResult } from './yaml-node.ts';

const deepest = 64;

/** How many nodes aliases may add to those that were written. Kubernetes' own reader allows as much. */
const mostAliased = 10_000;

/** One slip makes the parser stumble often; the first few places show what it was. */
const mostProblems = 10;

export function readYaml(text: string): YamlResult {
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line;
  // The library compares each key of a mapping with all others: of 40 000 keys for half a minute. Conversion finds duplicates by itself.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const stumbled = document.errors.map(({ code, pos }) => ({ line: lineAt(pos[0]), text: wordsFor(code) }));
  if (stumbled.length > 0) return { problems: onePerLine(stumbled) };
  if (document.contents === null) return { root: undefined };
  const reading = new Reading(lineAt);
  const { node, size } = reading.read(document.contents, 1);
  if (size > reading.written + mostAliased) reading.problem(node.line, 'aliases that multiply what was written');
  return reading.problems.length > 0 ? { problems: onePerLine(reading.problems) } : { root: node };
}

interface Read {
  readonly node: YamlNode;
  /** Nodes, aliases followed. */
  readonly size: number;
}

class Reading {
  readonly problems: YamlProblem[] = [];
  /** Nodes, aliases not followed. */
  written = 0;
  readonly #lineAt: (offset: number) => number;
  /** Anchors that are complete: inside of itself a node has none. */
  readonly #anchors = new Map<string, Read>();

  constructor(lineAt: (offset: number) => number) {
    this.#lineAt = lineAt;
  }

  problem(line: number, text: string): void {
    this.problems.push({ line, text });
  }

  read(node: ParsedNode | null, depth: number): Read {
    this.written += 1;
    const line = node === null ? 0 : this.#lineAt(node.range[0]);
    if (depth > deepest) this.problem(line, 'nested too deeply');
    if (node === null || depth > deepest) return { node: nothing(line), size: 1 };
    if (isAlias(node)) return this.#follow(node, line);
    const read = this.#readContent(node, line, depth);
    const anchor = (node as { readonly anchor?: string }).anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, read);
    return read;
  }

  #follow({ source }: Alias, line: number): Read {
    const target = this.#anchors.get(source);
    if (target === undefined) this.problem(line, 'an alias of an anchor that does not stand above it');
    return target ?? { node: nothing(line), size: 1 };
  }

  #readContent(node: ParsedNode, line: number, depth: number): Read {
    if (isMap(node)) return this.#readMapping(node, line, depth);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.read(item, depth + 1));
      return { node: { kind: 'list', line, items: items.map((item) => item.node) }, size: sizeOf(items) };
    }
    return { node: scalarNode(node as Scalar, line), size: 1 };
  }

  #readMapping({ items }: YAMLMap<ParsedNode, ParsedNode | null>, line: number, depth: number): Read {
    const members = new Map<string, YamlMember>();
    const parts: Read[] = [];
    const merged: YamlMember[] = [];
    for (const pair of items) {
      const { key, keyLine } = this.#keyOf(pair, line);
      const part = this.read(pair.value, depth + 1);
      parts.push(part);
      if (key === '<<') merged.push(...this.#mergedMembers(part.node, keyLine));
      else if (members.has(key)) this.problem(keyLine, 'a key that stands there twice');
      else members.set(key, { key, line: keyLine, node: part.node.line === 0 ? nothing(keyLine) : part.node });
    }
    for (const member of merged) if (!members.has(member.key)) members.set(member.key, member);
    return { node: { kind: 'mapping', line, members: [...members.values()] }, size: sizeOf(parts) };
  }

  #keyOf(
    { key }: Pair<ParsedNode, ParsedNode | null>,
    line: number,
  ): { readonly key: string; readonly keyLine: number } {
    if (isScalar(key)) return { key: textOf(key), keyLine: this.#lineAt((key as ParsedNode).range[0]) };
    this.problem(line, 'a key that is no plain text');
    return { key: '', keyLine: line };
  }

  #mergedMembers(node: YamlNode, line: number): readonly YamlMember[] {
    if (node.kind === 'mapping') return node.members;
    if (node.kind === 'list' && node.items.every(({ kind }) => kind === 'mapping'))
      return node.items.flatMap((item) => this.#mergedMembers(item, line));
    this.problem(line, 'only mappings can be merged');
    return [];
  }
}

function scalarNode(scalar: Scalar, line: number): YamlNode {
  const { value } = scalar;
  const known = ['string', 'number', 'bigint', 'boolean'].includes(typeof value) || value === null;
  return {
    kind: 'scalar',
    line,
    text: textOf(scalar),
    value: known ? (value as string | number | bigint | boolean | null) : textOf(scalar),
  };
}

function textOf({ source, value }: Scalar): string {
  return source ?? String(value);
}

function nothing(line: number): YamlNode {
  return { kind: 'scalar', line, text: '', value: null };
}

function sizeOf(parts: readonly Read[]): number {
  return parts.reduce((sum, { size }) => sum + size, 1);
}

function onePerLine(problems: readonly YamlProblem[]): readonly [YamlProblem, ...YamlProblem[]] {
  const byLine = new Map(problems.toReversed().map((problem) => [problem.line, problem]));
  const inOrder = [...byLine.values()].toSorted((a, b) => a.line - b.line);
  return inOrder.slice(0, mostProblems) as [YamlProblem, ...YamlProblem[]];
}

const words: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_DQ_ESCAPE: 'an escape that double quotes do not know',
  BAD_INDENT: 'an indentation that does not fit what stands above',
  BAD_SCALAR_START: 'a value that begins with a sign of YAML: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping that begins in the middle of a line: mind indentation and colons',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters',
  MISSING_CHAR: 'a closing quote or bracket, or a comma, is missing',
  MULTILINE_IMPLICIT_KEY: 'a key of more than one line: mind indentation and colons',
  MULTIPLE_DOCS: 'a second document: only one is read',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  TAB_AS_INDENT: 'a tab where only spaces may stand',
  UNEXPECTED_TOKEN: 'something that does not belong there',
};

function wordsFor(code: ErrorCode): string {
  return words[code] ?? `no YAML (${code})`;
}
