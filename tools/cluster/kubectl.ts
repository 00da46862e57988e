import { type ExecFileException, execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { RealControlPlane } from './real.ts';

export interface KubectlAnswer {
  readonly stdout: string;
  /** Warnings of the API server, and its own. */
  readonly stderr: string;
}

/** The real kubectl, with all rights. It neither sees nor changes what the user's keeps. @returns what it said; throws unless it succeeds */
export function kubectl(
  { kubectl: command, kubeconfigFile }: Pick<RealControlPlane, 'kubectl' | 'kubeconfigFile'>,
  words: readonly string[],
): Promise<KubectlAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<KubectlAnswer>();
  const cache = `--cache-dir=${join(dirname(kubeconfigFile), 'kubectl-cache')}`;
  const env = { PATH: process.env['PATH'], HOME: dirname(kubeconfigFile), KUBECONFIG: kubeconfigFile };
  const ended = (error: ExecFileException | null, stdout: string, stderr: string) => {
    if (error === null) return resolve({ stdout, stderr });
    const how = error.signal ? `was ended by ${error.signal}` : `ended with ${error.code}`;
    reject(new Error([`kubectl ${words.join(' ')} ${how}`, stderr.trim(), stdout.trim()].join('\n'), { cause: error }));
  };
  execFile(command, [...words, cache], { env, maxBuffer: 64 * 1024 * 1024 }, ended).stdin?.end();
  return promise;
}
