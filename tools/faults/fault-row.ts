/** One line of the fault table. */

export interface FaultTest {
  /** From the repository's root. */
  readonly file: string;
  /** As it stands in the file: of a test with cases, every case. */
  readonly title: string;
}

export interface FaultRow {
  readonly fault: string;
  readonly observed: string;
  readonly promise: string;
  readonly tests: readonly FaultTest[];
  /** Why nothing proves it. */
  readonly untested?: string;
}

/** Whether a test that ran is a case of this one. */
export function isOf(name: string, { title }: FaultTest): boolean {
  const parts = title.split(/\$\w+/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.+')}$`).test(name);
}

/** What most rows promise. */
export const lossless = 'nothing lost, nothing twice';

export function inReal(file: string): (title: string) => FaultTest {
  return (title) => ({ file: `test/real/${file}.test.ts`, title });
}

export function inRuntime(file: string): (title: string) => FaultTest {
  return (title) => ({ file: `test/runtime/${file}.test.ts`, title });
}
