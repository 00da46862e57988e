import { randomBytes } from 'node:crypto';
import { kubeconfigConnection } from '../../runtime/src/kube/kubeconfig.ts';
import { AdminClient } from '../cluster/admin-client.ts';
import type { Reachable } from '../trial/installation.ts';
import { DemoError } from './demo-error.ts';

export interface ForeignPlane {
  readonly plane: Reachable;
  readonly name: string;
  /** A name that nobody else has. */
  readonly namespace: string;
}

/**
 * Somebody's cluster, as a kubeconfig reaches it. Its user makes a namespace there and what the collectors need, and asks for tokens of their
 * service account: they run here, as they would in a pod.
 */
export async function reachPlane(kubeconfig: string): Promise<ForeignPlane> {
  const connection = connectionOf(kubeconfig);
  const { host, port, protocol, basePath } = connection;
  const { ca, headers, ...tls } = await connection.credentials();
  if (protocol !== 'https:' || basePath !== '' || ca === undefined)
    throw new DemoError(
      `${kubeconfig}: the demo needs an https:// server without a path, and the CA that signed for it`,
    );
  const admin = new AdminClient({
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca,
    headers,
    ...tls,
  });
  const { gitVersion } = await admin
    .expect<{ readonly gitVersion: string }>('GET', '/version')
    .catch((error: Error) => {
      throw new DemoError(`${kubeconfig}: ${error.message}`);
    });
  return {
    plane: { admin, host, port, ca },
    name: `kube-apiserver ${gitVersion} at ${host}:${port}`,
    namespace: `eventbaton-demo-${randomBytes(3).toString('hex')}`,
  };
}

function connectionOf(kubeconfig: string): ReturnType<typeof kubeconfigConnection> {
  try {
    return kubeconfigConnection(kubeconfig);
  } catch (error) {
    throw new DemoError(`${kubeconfig} cannot be used: ${(error as Error).message}`);
  }
}
