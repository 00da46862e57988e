/** Prints an object with symbolic parts as a Helm template. */
import { Expression, goArgument } from '../symbolic/expression.ts';
import { Conditional, ConditionalItems, Each, Keyed, Named, OmittedWhenEmpty, Spread } from '../symbolic/nodes.ts';
import { isMarker, type Marked, type Marker, markerKey } from './marking-resolver.ts';
import { yamlKey, yamlScalar } from './scalar.ts';

/** The Go template functions that a value of each kind goes through. Exchangeable, so that a test can show that each is needed. */
export interface Wrappers {
  readonly string: (go: string) => string;
  readonly integer: (go: string) => string;
  readonly scalar: (go: string) => string;
  readonly structure: (go: string, indent: number) => string;
  readonly include: (name: string, indent: number) => string;
  readonly includeList: (name: string, indent: number) => string;
  /** Opens what is there only where a value is not empty. */
  readonly whenGiven: (go: string) => string;
  readonly when: (go: string) => string;
}

export const wrappers: Wrappers = {
  string: (go) => `${go} | quote`,
  integer: (go) => `int64 ${goArgument(go)}`,
  scalar: (go) => `toJson ${goArgument(go)}`,
  structure: (go, indent) => `toYaml ${goArgument(go)} | nindent ${indent}`,
  include: (name, indent) => `include ${JSON.stringify(name)} . | nindent ${indent}`,
  // What a list's conditions leave before its first item would be a line of spaces.
  includeList: (name, indent) => `include ${JSON.stringify(name)} . | trim | nindent ${indent}`,
  whenGiven: (go) => `with ${go}`,
  when: (go) => `if ${go}`,
};

type Lines = readonly string[];
type Entry = readonly [key: string, value: unknown];

export class Emitter {
  /** Bodies of named templates, by name. */
  readonly named = new Map<string, Lines>();
  readonly #marked: readonly Marked[];
  readonly #prefix: string;
  readonly #wrap: Wrappers;

  constructor(marked: readonly Marked[], prefix: string, wrap: Wrappers = wrappers) {
    this.#marked = marked;
    this.#prefix = prefix;
    this.#wrap = wrap;
  }

  /** @param separated whether another one stands before it in its file */
  object(manifest: object, condition: Expression | undefined, separated = false): string {
    const body = [...(separated ? ['---'] : []), ...this.#entries(manifest, 0)];
    const lines = condition === undefined ? body : [open(this.#wrap.when(condition.go)), ...body, end()];
    return `${lines.join('\n')}\n`;
  }

  #entries(map: object, indent: number): Lines {
    return Object.entries(map).flatMap(([key, value]) => this.#entry([key, value], indent));
  }

  #entry([key, value]: Entry, indent: number): Lines {
    if (isMarker(value)) return this.#symbol([key, value], indent);
    const name = literal(yamlKey(key));
    if (Array.isArray(value)) {
      return value.length === 0
        ? [line(indent, `${name}: []`)]
        : [line(indent, `${name}:`), ...value.flatMap((item) => this.#item(item, indent + 2))];
    }
    if (typeof value !== 'object' || value === null) return [line(indent, `${name}: ${literal(yamlScalar(value))}`)];
    return this.#map(name, value, indent);
  }

  #map(name: string, map: object, indent: number): Lines {
    if (Object.keys(map).length === 0) return [line(indent, `${name}: {}`)];
    const only = onlyValue(map);
    const symbol = isMarker(only) ? this.#symbolOf(only) : undefined;
    if (symbol instanceof Spread) return this.#omitted(name, symbol.value, indent);
    const lines = [line(indent, `${name}:`), ...this.#entries(map, indent + 2)];
    const needs = this.#needs(map);
    return needs === undefined ? lines : [line(indent, open(this.#wrap.when(needs))), ...lines, line(indent, end())];
  }

  /** What has to hold for a map to have any entry; undefined where some are always there. */
  #needs(map: object): string | undefined {
    const conditions = Object.values(map).map((value) => {
      const symbol = isMarker(value) ? this.#symbolOf(value) : undefined;
      if (symbol instanceof Conditional && symbol.otherwise === undefined) return symbol.condition;
      return symbol instanceof Spread || symbol instanceof OmittedWhenEmpty ? symbol.value : undefined;
    });
    const [first, ...others] = conditions;
    if (conditions.includes(undefined) || first === undefined) return undefined;
    return others.length === 0 ? first.go : `or ${conditions.map((one) => one?.argument).join(' ')}`;
  }

  #symbol([key, marker]: readonly [string, Marker], indent: number): Lines {
    const symbol = this.#symbolOf(marker);
    if (symbol instanceof Named) return this.#include(key, symbol, marker, indent);
    if (symbol instanceof Spread) return this.#whenGiven(symbol.value, indent, (dot) => this.#structure(dot, indent));
    if (symbol instanceof OmittedWhenEmpty) return this.#omitted(literal(yamlKey(key)), symbol.value, indent);
    if (symbol instanceof Conditional) {
      const otherwise =
        symbol.otherwise === undefined
          ? []
          : [line(indent, open('else')), ...this.#entry([key, marker.otherwise], indent)];
      const then = [
        line(indent, open(this.#wrap.when(symbol.condition.go))),
        ...this.#entry([key, marker.node], indent),
      ];
      return [...then, ...otherwise, line(indent, end())];
    }
    if (symbol instanceof Keyed) return this.#keyed(symbol, marker, indent);
    if (symbol instanceof Expression) return this.#expression(literal(yamlKey(key)), symbol, indent);
    throw new Error(`${symbol.constructor.name} stands as the value of "${key}": it can only be an item of a list`);
  }

  #include(key: string, symbol: Named, marker: Marker, indent: number): Lines {
    const name = this.#define(symbol, marker);
    if (!Array.isArray(marker.node)) return [line(indent, open(this.#wrap.include(name, indent)))];
    return [
      line(indent, `${literal(yamlKey(key))}:`),
      line(indent + 2, open(this.#wrap.includeList(name, indent + 2))),
    ];
  }

  #omitted(name: string, value: Expression, indent: number): Lines {
    return this.#whenGiven(value, indent, (dot) => [line(indent, `${name}:`), ...this.#structure(dot, indent + 2)]);
  }

  #whenGiven(value: Expression, indent: number, body: (dot: string) => Lines): Lines {
    const opening = this.#wrap.whenGiven(value.go);
    // What does not bind the dot has to name the value once more.
    const dot = opening.startsWith('with ') ? '.' : value.go;
    return [line(indent, open(opening)), ...body(dot), line(indent, end())];
  }

  #keyed({ key }: Keyed, { node }: Marker, indent: number): Lines {
    const symbol = isMarker(node) ? this.#symbolOf(node) : undefined;
    if (!(symbol instanceof Expression)) throw new Error(`{{ ${key.go} }} names an entry that is no single value`);
    return this.#expression(`{{ ${this.#wrap.string(key.go)} }}`, symbol, indent);
  }

  #structure(go: string, indent: number): Lines {
    return [line(indent, open(this.#wrap.structure(go, indent)))];
  }

  #expression(name: string, expression: Expression, indent: number): Lines {
    if (expression.kind === 'list' || expression.kind === 'map')
      return [line(indent, `${name}:`), ...this.#structure(expression.go, indent + 2)];
    return [line(indent, `${name}: ${this.#inline(expression)}`)];
  }

  #inline({ go, kind }: Expression): string {
    if (kind === 'list' || kind === 'map') throw new Error(`{{ ${go} }} is a ${kind}: it cannot stand within a line`);
    return `{{ ${kind === 'flag' ? go : this.#wrap[kind](go)} }}`;
  }

  #item(item: unknown, indent: number): Lines {
    if (isMarker(item)) return this.#symbolItem(item, indent);
    if (typeof item !== 'object' || item === null) return [line(indent, `- ${literal(yamlScalar(item))}`)];
    const [first = '', ...others] = this.#entries(item, indent + 2);
    if (first.trimStart().startsWith('{{'))
      throw new Error('an item of a list begins with an action: put a literal entry first');
    return [line(indent, `- ${first.trimStart()}`), ...others];
  }

  #symbolItem(marker: Marker, indent: number): Lines {
    const symbol = this.#symbolOf(marker);
    const items = (list: readonly unknown[]) => list.flatMap((one) => this.#item(one, indent));
    if (symbol instanceof Expression) return [line(indent, `- ${this.#inline(symbol)}`)];
    if (symbol instanceof Spread) return this.#whenGiven(symbol.value, indent, (dot) => this.#structure(dot, indent));
    if (symbol instanceof Each) {
      const opening = open(`range $${symbol.variable} := ${symbol.list.go}`);
      return [line(indent, opening), ...items([marker.node]), line(indent, end())];
    }
    if (symbol instanceof Conditional || symbol instanceof ConditionalItems) {
      const body = symbol instanceof Conditional ? [marker.node] : (marker.items ?? []);
      return [line(indent, open(this.#wrap.when(symbol.condition.go))), ...items(body), line(indent, end())];
    }
    throw new Error(`${symbol.constructor.name} stands in a list: it can only be the value of a key`);
  }

  #define(symbol: Named, { node }: Marker): string {
    const name = `${this.#prefix}.${symbol.name}`;
    const variables = Object.entries(symbol.variables).map(([variable, go]) => open(`$${variable} := ${go}`));
    const body = Array.isArray(node) ? node.flatMap((item) => this.#item(item, 0)) : this.#entries(node as object, 0);
    const lines = [...variables, ...this.#withoutEmptyLine(body)];
    const before = this.named.get(name);
    // cdk8s sorts the labels of metadata, and leaves those elsewhere as they are.
    if (before !== undefined && before.toSorted().join('\n') !== lines.toSorted().join('\n'))
      throw new Error(`two different maps are both named "${symbol.name}"`);
    if (before === undefined) this.named.set(name, lines);
    return name;
  }

  /** A body that begins with another named template would begin with that one's line break. */
  #withoutEmptyLine([first = '', ...others]: Lines): Lines {
    const [, included] = /^\{\{- include ("[^"]+") \. \| nindent 0 \}\}$/.exec(first) ?? [];
    return [included === undefined ? first : `{{ include ${included} . }}`, ...others];
  }

  #symbolOf(marker: Marker): Marked {
    const symbol = this.#marked[marker[markerKey]];
    if (symbol === undefined) throw new Error(`no symbolic value has the number ${marker[markerKey]}`);
    return symbol;
  }
}

/** Text of ours that looks like an action is none. */
function literal(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}');
}

function onlyValue(map: object): unknown {
  const [only, ...others] = Object.values(map);
  return others.length === 0 ? only : undefined;
}

function line(indent: number, text: string): string {
  return `${' '.repeat(indent)}${text}`;
}

/** On a line of its own, which leaves nothing behind. */
function open(action: string): string {
  return `{{- ${action} }}`;
}

function end(): string {
  return open('end');
}
