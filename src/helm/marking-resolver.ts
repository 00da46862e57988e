import type { IResolver, ResolutionContext } from 'cdk8s';
import { Expression } from '../symbolic/expression.ts';
import { Conditional, ConditionalItems, Each, Keyed, Named, OmittedWhenEmpty, Spread } from '../symbolic/nodes.ts';

/** What stands in resolved JSON for something symbolic. Its parts are resolved as everything else. */
export interface Marker {
  readonly [markerKey]: number;
  readonly node?: unknown;
  readonly otherwise?: unknown;
  readonly items?: readonly unknown[];
}

export const markerKey = '$symbol';

export type Marked = Expression | Conditional | ConditionalItems | Each | Keyed | Named | OmittedWhenEmpty | Spread;

/** Replaces symbolic values by plain markers, which survive whatever cdk8s does with an object: resolving, sanitizing, patching. */
export class MarkingResolver implements IResolver {
  readonly marked: Marked[] = [];

  resolve(context: ResolutionContext): void {
    const { value } = context as { readonly value: unknown };
    if (!isMarked(value)) return;
    const marker = { [markerKey]: this.marked.push(value) - 1 };
    context.replaceValue({ ...marker, ...partsOf(value) });
  }
}

function isMarked(value: unknown): value is Marked {
  return [Expression, Conditional, ConditionalItems, Each, Keyed, Named, OmittedWhenEmpty, Spread].some(
    (kind) => value instanceof kind,
  );
}

function partsOf(value: Marked): object {
  if (value instanceof Conditional) return { node: value.node, otherwise: value.otherwise };
  if (value instanceof ConditionalItems) return { items: value.items };
  if (value instanceof Keyed) return { node: value.value };
  return value instanceof Each || value instanceof Named ? { node: value.node } : {};
}

export function isMarker(value: unknown): value is Marker {
  return typeof value === 'object' && value !== null && markerKey in value;
}
