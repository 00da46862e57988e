/** So many bytes may be written in a minute; what is not used is not saved up. */
export interface Allowance {
  /** @param now milliseconds of a monotonic clock. @returns whether so many more may be written */
  take(bytes: number, now: number): boolean;
}

const intervalMs = 60_000;

export function createAllowance(bytesPerMinute: number): Allowance {
  let began = Number.NEGATIVE_INFINITY;
  let left = 0;
  return {
    take(bytes, now) {
      if (now - began >= intervalMs) {
        began = now;
        left = bytesPerMinute;
      }
      if (bytes > left) return false;
      left -= bytes;
      return true;
    },
  };
}
