import { mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expectProgram } from '../../tools/support/run-program.ts';

export interface ShellOptions {
  /** Where commands run. Programs and what Helm keeps go to folders in it. */
  readonly folder: string;
  readonly kubeconfig: string;
  /** Paths by the names under which commands call them. */
  readonly programs: Readonly<Record<string, string>>;
}

export type Shell = (command: string, stdin?: string) => Promise<string>;

/** A person's shell, in which commands of a page are tried as they are written. It throws what was said unless a command succeeds. */
export function shellCommand({ folder, kubeconfig, programs }: ShellOptions): Shell {
  const bin = mkdtempSync(join(folder, 'bin-'));
  for (const [name, path] of Object.entries(programs)) symlinkSync(path, join(bin, name));
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: bin, KUBECONFIG: kubeconfig };
  return async (command, stdin = '') => {
    const { stdout } = await expectProgram('sh', ['-euc', command], { folder, env, stdin });
    return stdout;
  };
}
