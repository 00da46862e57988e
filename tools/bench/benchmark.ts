import type { Figure } from './figure.ts';
import type { Stand } from './stand.ts';

export interface Benchmark {
  readonly name: string;
  /** What is measured, in a few words. */
  readonly title: string;
  /** It is broken off after this. */
  readonly limitSeconds: number;
  readonly run: (stand: Stand) => Promise<readonly Figure[]>;
}
