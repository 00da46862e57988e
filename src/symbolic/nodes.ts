/** What the combinators leave in a manifest where a value is known only at installation; the emitter prints each as its Go template actions. */
import { type Expression, isExpression } from './expression.ts';

/** A part of a manifest whose shape only `helm install` will know. */
export abstract class SymbolicNode {
  toJSON(): never {
    throw new Error(
      `${this.constructor.name} cannot be written as JSON at synthesis: its shape is known only at installation`,
    );
  }
}

/** Whether an expression, or a node made from one, stands anywhere in it. */
export function isSymbolic(value: unknown): boolean {
  if (isExpression(value) || value instanceof SymbolicNode) return true;
  if (Array.isArray(value)) return value.some(isSymbolic);
  return typeof value === 'object' && value !== null && Object.values(value).some(isSymbolic);
}

/** There if the condition holds, else `otherwise`, which may be nothing. */
export class Conditional extends SymbolicNode {
  readonly condition: Expression<boolean>;
  readonly node: unknown;
  readonly otherwise: unknown;

  constructor(condition: Expression<boolean>, node: unknown, otherwise?: unknown) {
    super();
    this.condition = condition;
    this.node = node;
    this.otherwise = otherwise;
  }
}

/** Several items of a list under one condition. */
export class ConditionalItems extends SymbolicNode {
  readonly condition: Expression<boolean>;
  readonly items: readonly unknown[];

  constructor(condition: Expression<boolean>, items: readonly unknown[]) {
    super();
    this.condition = condition;
    this.items = items;
  }
}

/** A whole map or list, its key left out where it is empty. */
export class OmittedWhenEmpty extends SymbolicNode {
  readonly value: Expression;

  constructor(value: Expression) {
    super();
    this.value = value;
  }
}

/** The entries of a map, or the items of a list, among others. */
export class Spread extends SymbolicNode {
  readonly value: Expression;

  constructor(value: Expression) {
    super();
    this.value = value;
  }
}

/** An entry of a map under a name that only the installation knows. */
export class Keyed extends SymbolicNode {
  readonly key: Expression<string>;
  readonly value: unknown;

  constructor(key: Expression<string>, value: unknown) {
    super();
    this.key = key;
    this.value = value;
  }
}

/** One node for each item of a list; within it the item is `variable`. */
export class Each extends SymbolicNode {
  readonly list: Expression;
  readonly variable: string;
  readonly node: unknown;

  constructor(list: Expression, variable: string, node: unknown) {
    super();
    this.list = list;
    this.variable = variable;
    this.node = node;
  }
}

/** A map or list that several places share: a named template. */
export class Named extends SymbolicNode {
  readonly name: string;
  readonly node: unknown;
  readonly variables: Readonly<Record<string, string>>;

  constructor(name: string, node: unknown, variables: Readonly<Record<string, string>>) {
    super();
    this.name = name;
    this.node = node;
    this.variables = variables;
  }
}
