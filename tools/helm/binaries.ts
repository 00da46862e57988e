/** Where Helm 3 and Helm 4 come from: HELM3 and HELM4, our cache, or a build with the ordinary Go client from the module files beside this one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildPrograms, findPrograms, type ProgramSet } from '../support/built-programs.ts';
import type { Progress } from '../support/progress.ts';
import { requiredVersion } from '../support/required-version.ts';

/** Paths of the two programs. */
export interface Helms {
  readonly helm3: string;
  readonly helm4: string;
}

export interface HelmSource {
  /** Environment variable with the path of such a program. */
  readonly variable: string;
  /** A set for each Helm: a new version of one leaves the other as it is. */
  readonly build: ProgramSet<'helm'>;
}

const modules = join(import.meta.dirname, 'binaries');

export const helm3: HelmSource = {
  variable: 'HELM3',
  build: programSet(join(modules, 'helm3'), 'helm.sh/helm/v3', defaultKubernetes(join(modules, 'helm3'))),
};

export const helm4: HelmSource = {
  variable: 'HELM4',
  build: programSet(join(modules, 'helm4'), 'helm.sh/helm/v4', {}),
};

/** What is there without building anything. */
export function findHelms(environment: NodeJS.ProcessEnv = process.env): Helms | undefined {
  const found = { helm3: find(helm3, environment), helm4: find(helm4, environment) };
  return found.helm3 === undefined || found.helm4 === undefined ? undefined : (found as Helms);
}

/** Finds or builds them, saying what it does. @returns undefined where one is missing and there is no Go that could build it */
export async function ensureHelms(
  progress: Progress,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Helms | undefined> {
  for (const source of [helm3, helm4]) {
    if (find(source, environment) === undefined) await buildPrograms(source.build, progress, environment);
  }
  return findHelms(environment);
}

function find({ variable, build }: HelmSource, environment: NodeJS.ProcessEnv): string | undefined {
  const path = environment[variable];
  if (path === undefined || path === '') return findPrograms(build, environment)?.helm;
  if (!existsSync(path)) throw new Error(`${variable} is set, but there is no ${path}`);
  return path;
}

function programSet(module: string, path: string, variables: Readonly<Record<string, string>>): ProgramSet<'helm'> {
  const version = requiredVersion(module, path);
  const said = { [`${path}/internal/version.version`]: version };
  return {
    title: `Helm ${version}`,
    duration: 'about a minute on two cores',
    name: `helm-${version}`,
    recipes: { helm: { module, package: `${path}/cmd/helm`, variables: { ...said, ...variables } } },
  };
}

/** What Helm 3's Makefile sets: without it a chart is rendered and checked for Kubernetes 1.20. Helm 4 finds it out by itself. */
function defaultKubernetes(module: string): Readonly<Record<string, string>> {
  const [, minor = ''] = /^v0\.(\d+)/.exec(requiredVersion(module, 'k8s.io/client-go')) ?? [];
  return {
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor': '1',
    'helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor': minor,
    'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor': '1',
    'helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor': minor,
  };
}
