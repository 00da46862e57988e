import { constants } from 'node:os';

/** An error that the operating system gave. */
export interface SystemError extends Error {
  /** Its name (ENOSPC, EPIPE, ...), or a sentence with its number where Node knows no name. */
  readonly code: string;
  readonly errno?: number;
}

/** False for everything else: that is a defect, not an answer. */
export function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  const isNumbered = 'errno' in error && typeof error.errno === 'number' && 'syscall' in error;
  return isNumbered || /^E[A-Z0-9]+$/.test(error.code);
}

/** The system's name, also of those that Node only numbers, such as EDQUOT and ESTALE. */
export function systemErrorName({ code, errno = 0 }: SystemError): string {
  const known = Object.entries(constants.errno).find(([, number]) => number === -errno);
  return known?.[0] ?? code;
}
