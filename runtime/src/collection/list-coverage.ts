import { beginning, type ResourceVersion } from '../support/resource-version.ts';

/**
 * What one list has handed on already, so that a list that has to start anew sends nothing twice. Lists come in key order, so the last key of
 * each attempt says it all: an item at or before that key, no newer than the attempt, was handed on. Memory does not grow with the list.
 */
export class ListCoverage {
  readonly #attempts: { through: string; readonly at: ResourceVersion }[] = [];

  /** A (new) attempt begins, at the resourceVersion of its first page. */
  begin(at: ResourceVersion): void {
    this.#attempts.push({ through: '', at });
  }

  covers(key: string, version: ResourceVersion): boolean {
    return this.#attempts.slice(0, -1).some(({ through, at }) => key <= through && version <= at);
  }

  handedOn(key: string): void {
    const attempt = this.#attempts.at(-1);
    if (attempt !== undefined && key > attempt.through) attempt.through = key;
  }

  /** L1 of the attempt that is under way. */
  get at(): ResourceVersion {
    return this.#attempts.at(-1)?.at ?? beginning;
  }
}

/** The order in which etcd keeps Events: by namespace and name, byte by byte. */
export function listKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
