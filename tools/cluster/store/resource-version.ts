/**
 * A resourceVersion in a query; 0 where it is absent. The model counts in numbers: versions beyond 2^53 are only ever asked for, never stored.
 *
 * @returns undefined for a text that is none
 */
export function readVersion(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return 0;
  return /^[0-9]+$/.test(text) && BigInt(text) < 2n ** 64n ? Number(text) : undefined;
}

/** How the API server's parser puts it. */
export function unreadableVersion(text: string): string {
  return `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
}
