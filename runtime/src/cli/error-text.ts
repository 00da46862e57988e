import type { CollectorError } from '../support/errors.ts';

/** What failed, and what to do about it. */
export function errorText({ message, details }: CollectorError): string {
  return details.hint === undefined ? message : `${message}: ${details.hint}`;
}
