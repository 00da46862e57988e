import type { Settings } from '../contract/settings.ts';
import type { Connection } from '../kube/connection.ts';
import { findConnection } from '../kube/find-connection.ts';
import type { Surroundings } from './surroundings.ts';

export interface Access {
  readonly connection: Connection;
  /** Of lock and token. */
  readonly namespace: string;
}

/** The way to the API server that settings and environment name. Throws SETTINGS_INVALID where there is none. */
export async function findAccess(
  { serviceAccountDir, kubeconfigPath, kubeResourcesNamespace, podNamespace }: Settings,
  { environment, clock }: Pick<Surroundings, 'environment' | 'clock'>,
): Promise<Access> {
  const connection = await findConnection({
    serviceAccountDir,
    serviceHost: environment['KUBERNETES_SERVICE_HOST'],
    servicePort: environment['KUBERNETES_SERVICE_PORT'],
    kubeconfigPath,
    kubeconfigVariable: environment['KUBECONFIG'],
    home: environment['HOME'],
    clock,
  });
  return { connection, namespace: kubeResourcesNamespace || connection.namespace || podNamespace || 'default' };
}
