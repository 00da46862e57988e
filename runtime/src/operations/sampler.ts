/** Lets the first of repeated lines through, then at most one a minute with the number of those that were held back. */
export interface Sampler {
  /**
   * @param now milliseconds of a monotonic clock
   * @returns how many were held back since the last line; undefined where this one is to be held back too
   */
  admit(subject: string, now: number): number | undefined;
}

const intervalMs = 60_000;

/** More subjects than this are forgotten, oldest first: a server that answers something new each time must not fill the memory. */
const rememberedSubjects = 200;

export function createSampler(): Sampler {
  const seen = new Map<string, { readonly at: number; heldBack: number }>();
  return {
    admit(subject, now) {
      const last = seen.get(subject);
      if (last !== undefined && now - last.at < intervalMs) {
        last.heldBack += 1;
        return undefined;
      }
      seen.delete(subject);
      seen.set(subject, { at: now, heldBack: 0 });
      for (const oldest of seen.keys()) {
        if (seen.size <= rememberedSubjects) break;
        seen.delete(oldest);
      }
      return last?.heldBack ?? 0;
    },
  };
}
