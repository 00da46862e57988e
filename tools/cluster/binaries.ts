/**
 * Where the control plane's programs come from: KUBEBUILDER_ASSETS or TEST_ASSET_* as envtest has them, our cache, or a build with the ordinary
 * Go client from the module files beside this one. The cache lies outside the repository and is told apart by what it was built from.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { buildBinary, goVersion } from './go-build.ts';

export interface Binaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  /** Only our own build has it for certain. */
  readonly kubeControllerManager: string | undefined;
  readonly origin: string;
}

export type Progress = (line: string) => void;

interface Recipe {
  readonly file: string;
  readonly module: 'kubernetes' | 'etcd';
  readonly package: string;
}

export const kubernetesVersion = 'v1.36.3';
export const etcdVersion = 'v3.6.8';

const recipes: readonly Recipe[] = [
  { file: 'etcd', module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  { file: 'kube-apiserver', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  { file: 'kube-controller-manager', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
  { file: 'kubectl', module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl' },
];

const modules = join(import.meta.dirname, 'binaries');

/** What is there without building anything. */
export function findBinaries(environment: NodeJS.ProcessEnv = process.env): Binaries | undefined {
  return fromAssets(environment) ?? fromFolder(cacheFolder(environment), 'cache');
}

/** Finds or builds them, saying what it does. @returns undefined where there is neither a build nor a Go that could make one */
export async function ensureBinaries(
  progress: Progress,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Binaries | undefined> {
  const found = findBinaries(environment);
  if (found !== undefined) return found;
  const go = await goVersion();
  if (go === undefined) return undefined;
  const folder = cacheFolder(environment);
  progress(`building a control plane with ${go}, once, for ${folder} (about 6 minutes on two cores)`);
  await build(folder, progress);
  return fromFolder(folder, 'built now');
}

/** Named after everything that decides what is in it. */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256');
  for (const module of ['etcd', 'kubernetes']) {
    for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(modules, module, file)));
  }
  const caches = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(
    caches,
    'eventbaton',
    `control-plane-${kubernetesVersion}-etcd-${etcdVersion}-${hash.digest('hex').slice(0, 12)}`,
  );
}

function fromAssets(environment: NodeJS.ProcessEnv): Binaries | undefined {
  const folder = environment['KUBEBUILDER_ASSETS'];
  if (folder === undefined || folder === '') return undefined;
  const at = (variable: string, file: string) => environment[variable] || join(folder, file);
  const binaries = {
    etcd: at('TEST_ASSET_ETCD', 'etcd'),
    kubeApiserver: at('TEST_ASSET_KUBE_APISERVER', 'kube-apiserver'),
    kubectl: at('TEST_ASSET_KUBECTL', 'kubectl'),
  };
  const missing = Object.values(binaries).filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(`KUBEBUILDER_ASSETS is set, but there is no ${missing.join(', ')}`);
  const manager = join(folder, 'kube-controller-manager');
  return {
    ...binaries,
    kubeControllerManager: existsSync(manager) ? manager : undefined,
    origin: 'KUBEBUILDER_ASSETS',
  };
}

function fromFolder(folder: string, origin: string): Binaries | undefined {
  const at = (file: string) => join(folder, file);
  if (!recipes.every(({ file }) => existsSync(at(file)))) return undefined;
  return {
    etcd: at('etcd'),
    kubeApiserver: at('kube-apiserver'),
    kubectl: at('kubectl'),
    kubeControllerManager: at('kube-controller-manager'),
    origin,
  };
}

/** Each program appears in the cache at one stroke, so that two builds at once, or one that is broken off, do no harm. */
async function build(folder: string, progress: Progress): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'building-'));
  try {
    for (const [index, { file, module, package: path }] of recipes.entries()) {
      if (existsSync(join(folder, file))) continue;
      const title = `${index + 1} of ${recipes.length}: ${file}`;
      await buildBinary(
        { module: join(modules, module), package: path, output: join(scratch, file), version: kubernetesVersion },
        (s) => progress(`${title}, ${s} s`),
      );
      renameSync(join(scratch, file), join(folder, file));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
