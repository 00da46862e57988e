import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../support/clock.ts';
import { CollectorError } from '../support/errors.ts';
import type { Connection } from './connection.ts';
import { serviceAccountConnection } from './service-account.ts';

export interface Whereabouts {
  readonly serviceAccountDir: string;
  readonly serviceHost: string | undefined;
  readonly servicePort: string | undefined;
  /** `kubernetes_kubeconfig_path` */
  readonly kubeconfigPath: string;
  /** KUBECONFIG; of several paths the first that is there counts. */
  readonly kubeconfigVariable: string | undefined;
  readonly home: string | undefined;
  readonly clock: Clock;
}

/**
 * The kubeconfig that the setting names, as the Agent does it; else the pod's service account if there is one, else a kubeconfig of KUBECONFIG or
 * of the home folder. A named file that is not there is not passed over: the next place may lead to another cluster.
 *
 * @throws SETTINGS_INVALID with every place that was tried
 */
export async function findConnection(places: Whereabouts): Promise<Connection> {
  if (places.kubeconfigPath !== '') return fromNamedKubeconfig(places.kubeconfigPath);
  const token = join(places.serviceAccountDir, 'token');
  if (await exists(token)) return inCluster(places);
  const candidates = kubeconfigPaths(places);
  for (const path of candidates) {
    if (await exists(path)) return fromKubeconfig(path);
  }
  const tried = [token, ...candidates].join(', ');
  throw new CollectorError('SETTINGS_INVALID', `no way to reach an API server was found; tried ${tried}`, {
    hint: 'run in a pod with a service account, or set DD_KUBERNETES_KUBECONFIG_PATH',
  });
}

async function fromNamedKubeconfig(path: string): Promise<Connection> {
  if (await exists(path)) return fromKubeconfig(path);
  throw new CollectorError(
    'SETTINGS_INVALID',
    `kubernetes_kubeconfig_path (DD_KUBERNETES_KUBECONFIG_PATH) names ${path}, which is not there`,
    {
      hint: 'mount the file there, or unset the setting to use the service account of the pod',
    },
  );
}

function kubeconfigPaths({ kubeconfigVariable, home }: Whereabouts): readonly string[] {
  const named = (kubeconfigVariable ?? '').split(':').filter((path) => path !== '');
  if (named.length > 0) return named;
  return home ? [join(home, '.kube', 'config')] : [];
}

async function inCluster({ serviceAccountDir, serviceHost, servicePort, clock }: Whereabouts): Promise<Connection> {
  const port = Number(servicePort);
  if (!serviceHost || !Number.isInteger(port) || port < 1 || port > 65_535) {
    const found = `KUBERNETES_SERVICE_HOST "${serviceHost ?? ''}", KUBERNETES_SERVICE_PORT "${servicePort ?? ''}"`;
    throw new CollectorError(
      'SETTINGS_INVALID',
      `there is a service account in ${serviceAccountDir}, but no API server: ${found}`,
      { hint: 'set KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, as the kubelet does in every pod' },
    );
  }
  return serviceAccountConnection({ folder: serviceAccountDir, host: serviceHost, port, clock });
}

async function fromKubeconfig(path: string): Promise<Connection> {
  const { kubeconfigConnection } = await import('./kubeconfig.ts');
  try {
    return kubeconfigConnection(path);
  } catch (error) {
    throw new CollectorError('SETTINGS_INVALID', `kubeconfig ${path} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new CollectorError('SETTINGS_INVALID', `cannot look at ${path}: ${code}`, { cause: error });
  }
}
