/**
 * Resource versions are decimal integers of any length, compared as integers (KEP-5504): never as text, never as floating point. Those of
 * Events are compared only with those of Events, which may live in an etcd of their own.
 */
export type ResourceVersion = bigint;

/** The smallest: everything is newer. */
export const beginning: ResourceVersion = 0n;

/** At most 128 bit, as the API guarantees: more digits are garbage. */
const pattern = /^[0-9]{1,39}$/;

/** @returns undefined for anything but a plain decimal integer */
export function parseResourceVersion(text: unknown): ResourceVersion | undefined {
  return typeof text === 'string' && pattern.test(text) ? BigInt(text) : undefined;
}

export function laterOf(a: ResourceVersion, b: ResourceVersion): ResourceVersion {
  return a > b ? a : b;
}
