/**
 * Where the control plane's programs come from: KUBEBUILDER_ASSETS or TEST_ASSET_* as envtest has them, our cache, or a build with the ordinary
 * Go client from the module files beside this one.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildPrograms,
  findPrograms,
  type ProgramPaths,
  type ProgramSet,
  type Recipe,
} from '../support/built-programs.ts';
import type { Progress } from '../support/progress.ts';

export interface Binaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  /** Only our own build has it for certain. */
  readonly kubeControllerManager: string | undefined;
  readonly origin: string;
}

export const kubernetesVersion = 'v1.36.3';
export const etcdVersion = 'v3.6.8';

type File = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl';

const modules = join(import.meta.dirname, 'binaries');

const controlPlane: ProgramSet<File> = {
  title: 'a control plane',
  duration: 'about 6 minutes on two cores',
  name: `control-plane-${kubernetesVersion}-etcd-${etcdVersion}`,
  recipes: {
    etcd: { module: join(modules, 'etcd'), package: 'go.etcd.io/etcd/server/v3', variables: {} },
    'kube-apiserver': kubernetesCommand('kube-apiserver'),
    'kube-controller-manager': kubernetesCommand('kube-controller-manager'),
    kubectl: kubernetesCommand('kubectl'),
  },
};

/** What is there without building anything. */
export function findBinaries(environment: NodeJS.ProcessEnv = process.env): Binaries | undefined {
  return fromAssets(environment) ?? fromBuild(findPrograms(controlPlane, environment), 'cache');
}

/** Finds or builds them, saying what it does. @returns undefined where there is neither a build nor a Go that could make one */
export async function ensureBinaries(
  progress: Progress,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Binaries | undefined> {
  return findBinaries(environment) ?? fromBuild(await buildPrograms(controlPlane, progress, environment), 'built now');
}

function kubernetesCommand(name: string): Recipe {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(kubernetesVersion) ?? [];
  const version = 'k8s.io/component-base/version';
  return {
    module: join(modules, 'kubernetes'),
    package: `k8s.io/kubernetes/cmd/${name}`,
    variables: {
      [`${version}.gitVersion`]: kubernetesVersion,
      [`${version}.gitMajor`]: major,
      [`${version}.gitMinor`]: minor,
    },
  };
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

function fromBuild(paths: ProgramPaths<File> | undefined, origin: string): Binaries | undefined {
  return (
    paths && {
      etcd: paths.etcd,
      kubeApiserver: paths['kube-apiserver'],
      kubectl: paths.kubectl,
      kubeControllerManager: paths['kube-controller-manager'],
      origin,
    }
  );
}
