/**
 * A value that only `helm install` will know, as the Go template that yields it. The constructs are written over `Val`: with literals they make
 * plain manifests, with expressions what becomes the chart's templates.
 */
export type ExpressionKind = 'string' | 'integer' | 'flag' | 'scalar' | 'list' | 'map';

export class Expression<T = unknown> {
  /** Only for the type checker: an expression for a T is none for another type. */
  declare readonly yields: T;
  readonly go: string;
  readonly kind: ExpressionKind;
  /** Neither absent nor empty, whatever people install. */
  readonly present: boolean;

  constructor(go: string, kind: ExpressionKind, present = false) {
    this.go = go;
    this.kind = kind;
    this.present = present;
  }

  /** As an argument of another expression. */
  get argument(): string {
    return goArgument(this.go);
  }

  [Symbol.toPrimitive](): never {
    throw new Error(`{{ ${this.go} }} is known only at installation: build text with text\`…\`, decide with when()`);
  }

  toJSON(): never {
    throw new Error(`{{ ${this.go} }} is known only at installation: it cannot be written as JSON at synthesis`);
  }
}

export type Val<T> = T | Expression<T>;

export type Scalar = string | number | boolean;

export function isExpression(value: unknown): value is Expression {
  return value instanceof Expression;
}

/** Go template code as an argument of a function. */
export function goArgument(go: string): string {
  return /[ |]/.test(go) ? `(${go})` : go;
}

/** A value as an argument of a Go template function. */
export function argument(value: Val<Scalar>): string {
  return isExpression(value) ? value.argument : JSON.stringify(value);
}

/** For data and libraries that only hand a text on: an expression passes for one. */
export function asText(value: Val<string>): string {
  return value as string;
}
