/** Source of the syntax: kubernetes/apimachinery v0.36 `pkg/fields/selector.go`; of the fields: `pkg/registry/core/event/strategy.go`. */
import type { Kind } from './kinds.ts';
import { isObject, type StoredObject } from './object.ts';
import { badRequest } from './status.ts';

interface Requirement {
  readonly field: string;
  readonly value: string;
  readonly equal: boolean;
}

export class FieldSelector {
  readonly #requirements: readonly Requirement[];

  constructor(requirements: readonly Requirement[]) {
    this.#requirements = requirements;
  }

  /** Throws what the API server answers to a selector that it does not understand, or to a field that the kind does not offer. */
  static parse(text: string, kind: Kind): FieldSelector {
    const requirements = splitEscaped(text, ',')
      .filter((term) => term !== '')
      .map((term) => parseRequirement(term, text));
    for (const { field } of requirements) assertOffered(field, kind);
    return new FieldSelector(requirements);
  }

  get isEmpty(): boolean {
    return this.#requirements.length === 0;
  }

  /** The value that it asks of a field, where it asks for exactly one. */
  required(field: string): string | undefined {
    return this.#requirements.find((requirement) => requirement.field === field && requirement.equal)?.value;
  }

  matches(object: StoredObject): boolean {
    return this.#requirements.every(({ field, value, equal }) => (fieldOf(object, field) === value) === equal);
  }
}

const general = ['metadata.name', 'metadata.namespace'];

const ofEvents = [
  ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
    (field) => `involvedObject.${field}`,
  ),
  'reason',
  'reportingComponent',
  'source',
  'type',
];

function assertOffered(field: string, { kind }: Kind): void {
  const isEvent = kind === 'Event';
  if (general.includes(field) || (isEvent && ofEvents.includes(field))) return;
  const known = general.map((name) => `"${name}"`).join(', ');
  throw badRequest(
    isEvent ? `field label not supported: ${field}` : `"${field}" is not a known field selector: only ${known}`,
  );
}

function fieldOf(object: StoredObject, field: string): string {
  if (field === 'source') {
    const component = at(object, ['source', 'component']);
    return component === '' ? at(object, ['reportingComponent']) : component;
  }
  return at(object, field.split('.'));
}

function at(object: StoredObject, path: readonly string[]): string {
  const found = path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), object);
  return typeof found === 'string' ? found : '';
}

function parseRequirement(term: string, text: string): Requirement {
  const found = /^((?:[^\\=!]|\\.)*?)(!=|==|=)([^]*)$/.exec(term);
  if (found === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
  const [, field = '', operator, value = ''] = found;
  return { field, value: value.replace(/\\([\\,=])/g, '$1'), equal: operator !== '!=' };
}

function splitEscaped(text: string, separator: string): readonly string[] {
  const parts = [''];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (character === separator) parts.push('');
    else parts[parts.length - 1] += character === '\\' ? character + (text[(index += 1)] ?? '') : character;
  }
  return parts;
}
