import { dirname, join } from 'node:path';
import { expectProgram, type ProgramAnswer } from '../support/run-program.ts';
import type { RealControlPlane } from './real.ts';

/** The real kubectl, with all rights. It neither sees nor changes what the user's keeps. @returns what it said; throws unless it succeeds */
export function kubectl(
  { kubectl: command, kubeconfigFile }: Pick<RealControlPlane, 'kubectl' | 'kubeconfigFile'>,
  words: readonly string[],
): Promise<ProgramAnswer> {
  const folder = dirname(kubeconfigFile);
  const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: kubeconfigFile };
  return expectProgram(command, [...words, `--cache-dir=${join(folder, 'kubectl-cache')}`], { env });
}
