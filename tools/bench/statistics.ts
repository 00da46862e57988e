/** @param share of the values that are at most the answer (nearest rank): 0.5 gives a median, 1 the greatest. Throws where there are none */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new Error('there is nothing to take a percentile of');
  return found;
}

/** The middle one; of an even number, halfway between the two in the middle. */
export function median(values: readonly number[]): number {
  return (
    (percentile(values, 0.5) +
      percentile(
        values.map((value) => -value),
        0.5,
      ) *
        -1) /
    2
  );
}

/** The longest of the pauses between two arrivals that end between `from` and `to`. Throws where nothing arrived before or within. */
export function longestPause(arrivals: readonly number[], from: number, to: number): number {
  const sorted = arrivals.toSorted((a, b) => a - b);
  const pauses = sorted.flatMap((at, index) => {
    const before = sorted[index - 1];
    return before === undefined || at < from || at > to ? [] : [at - before];
  });
  return percentile(pauses, 1);
}
