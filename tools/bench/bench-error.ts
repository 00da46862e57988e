/** Why a benchmark has no figures, in words: no stack is wanted. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
