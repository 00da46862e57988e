/** The one namespace that a collector may be limited to. */

/** Text that is meant as several namespaces: a list of one kind or another, or a pattern. As Go reads it, too. */
export const severalNamespaces = /[,;|*?[\]{}]|\S\s+\S/;

export const oneNamespaceOnly =
  'must be one namespace, not a list or a pattern: a collector has one watch and one token, which a quiet namespace would hold back; run one release or EventCollector for each namespace, and give those that run in the same namespace a lock and a token each';

export function isSeveralNamespaces(value: unknown): boolean {
  return Array.isArray(value) || (typeof value === 'string' && severalNamespaces.test(value));
}
