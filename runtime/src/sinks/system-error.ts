/** An error that the operating system gave, with its name (ENOSPC, EPIPE, ...) as code. */
export interface SystemError extends Error {
  readonly code: string;
}

/** False for everything else: that is a defect, not an answer. */
export function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return /^E[A-Z0-9]+$/.test(error.code);
}
