import { execFile } from 'node:child_process';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

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
  return (command, stdin = '') =>
    new Promise((resolve, reject) => {
      const child = execFile('sh', ['-euc', command], { cwd: folder, env }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${command}\n${stdout}${stderr}`));
      });
      child.stdin?.end(stdin);
    });
}
