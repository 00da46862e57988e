import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface KubeconfigParts {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

/** @returns its path in the folder */
export async function writeKubeconfig(folder: string, { server, ca, token }: KubeconfigParts): Promise<string> {
  const path = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  };
  await writeFile(path, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  return path;
}
