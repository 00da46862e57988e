/** Objects that are there only under a condition. */
import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { Expression, isExpression, type Val } from './expression.ts';

const conditions = new WeakMap<ApiObject, Expression>();

/** Makes the child where the condition holds. Where only the installation will know, it is made, and the chart asks {@link conditionOf}. */
export function childWhen<T extends Construct>(condition: Val<boolean>, make: () => T): T | undefined {
  if (!isExpression(condition)) return condition ? make() : undefined;
  const child = make();
  conditions.set(ApiObject.of(child), condition);
  return child;
}

export function conditionOf(object: ApiObject): Expression | undefined {
  return conditions.get(object);
}
