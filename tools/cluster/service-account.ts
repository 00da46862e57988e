import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';

/** Makes the folder that a kubelet would mount into a pod of this service account: a fresh token, the CA, the namespace. */
export async function writeServiceAccountFolder(
  plane: Pick<ControlPlane, 'admin' | 'ca'>,
  { namespace, name, folder }: { readonly namespace: string; readonly name: string; readonly folder: string },
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7_200 } };
  const { status } = await plane.admin.expect<{ status: { token: string } }>('POST', path, request);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [file, content] of [
    ['token', status.token],
    ['ca.crt', plane.ca],
    ['namespace', namespace],
  ] as const) {
    // At one stroke, as a kubelet does it: somebody may be reading.
    const beside = join(folder, `.${file}`);
    await writeFile(beside, content, { mode: 0o600 });
    await rename(beside, join(folder, file));
  }
}
