/** For those who look for what is wrong. */

/** Most of the names have to be DNS labels: they become parts of others. */
export const dnsLabel = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
export const objectName = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

export const mostOfInt32 = 2_147_483_647;

export function isWholeNumber(value: unknown, least = 0): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= mostOfInt32;
}

export function unless(holds: boolean, problem: string): readonly string[] {
  return holds ? [] : [problem];
}

export function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

/** In quotes and in one line, so that each problem stays one. */
export function shown(value: unknown): string {
  return JSON.stringify(value);
}

/** Names of headers are told as they are. */
export function inOneLine(problem: string): string {
  return problem.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}
