/** An Event's own labels or annotations. Whoever may create an Event sets them, so they are bounded and taken as text only. */

/** A value of any shape, as JSON.parse gives it. */
type Json = Readonly<Record<string, unknown>>;

export interface MetadataEntries {
  /** Undefined if there are none. */
  readonly entries: Readonly<Record<string, string>> | undefined;
  /** Whether something was left out or cut. */
  readonly isTruncated: boolean;
}

const mostEntries = 32;
/** Kubernetes allows names of 253 characters before the slash and 63 behind it. */
const mostNameCharacters = 317;
const mostValueCharacters = 1_024;

/** A copy of the whole Event, for `kubectl apply` alone. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

export function metadataEntries(found: Json | undefined): MetadataEntries {
  const all = Object.entries(found ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[0] !== lastApplied,
  );
  const named = all.filter(([name]) => name.length <= mostNameCharacters).slice(0, mostEntries);
  const kept = named.map(([name, value]) => [name, cut(value)] as const);
  const isTruncated = named.length < all.length || kept.some(([, value], index) => value !== named[index]?.[1]);
  // Names such as __proto__ become own members like any other.
  return { entries: kept.length === 0 ? undefined : Object.fromEntries(kept), isTruncated };
}

/** Never within a pair of surrogates. */
function cut(value: string): string {
  if (value.length <= mostValueCharacters) return value;
  const end = value.slice(0, mostValueCharacters);
  return end.isWellFormed() ? end : end.slice(0, -1);
}
