import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from '../../tools/cluster/control-plane.ts';
import { writeServiceAccountFolder } from '../../tools/cluster/service-account.ts';
import { type ProgramAnswer, runProgram } from '../../tools/support/run-program.ts';
import { bundle } from '../../tools/trial/pod.ts';

export interface StoredPod {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly containers: readonly Container[];
    readonly volumes: readonly Volume[];
  };
}

interface Container {
  readonly args: readonly string[];
  readonly env: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
  }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Volume {
  readonly name: string;
  readonly projected?: unknown;
  readonly configMap?: {
    readonly name: string;
    readonly items: readonly { readonly key: string; readonly path: string }[];
  };
}

/**
 * What a kubelet does with a pod that has one container and runs to its end, where there is none: only files of mounted volumes are there, below
 * the folder; its command runs as a process; its phase tells how that ended.
 */
export async function runPod(plane: ControlPlane, pod: StoredPod, folder: string): Promise<ProgramAnswer> {
  const { namespace, name } = pod.metadata;
  const [container] = pod.spec.containers;
  if (container === undefined) throw new Error(`pod ${namespace}/${name} has no container`);
  for (const { name: mounted, mountPath } of container.volumeMounts)
    await fill(plane, pod, mounted, join(folder, mountPath));
  const answer = await runProgram(process.execPath, [bundle, ...container.args], {
    env: environmentOf(plane, pod, container, folder),
  });
  const phase = answer.code === 0 ? 'Succeeded' : 'Failed';
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
  await plane.admin.expect('PATCH', path, { status: { phase } }, 'application/merge-patch+json');
  return answer;
}

async function fill(plane: ControlPlane, pod: StoredPod, mounted: string, folder: string): Promise<void> {
  const { namespace } = pod.metadata;
  const volume = pod.spec.volumes.find(({ name }) => name === mounted);
  await mkdir(folder, { recursive: true });
  if (volume?.configMap !== undefined) {
    const path = `/api/v1/namespaces/${namespace}/configmaps/${volume.configMap.name}`;
    const { data } = await plane.admin.expect<{ data: Record<string, string> }>('GET', path);
    for (const { key, path: file } of volume.configMap.items) {
      const text = data[key];
      if (text === undefined) throw new Error(`${path} has no key ${key}`);
      await writeFile(join(folder, file), text);
    }
  } else if (volume?.projected !== undefined) {
    await writeServiceAccountFolder(plane, { namespace, name: pod.spec.serviceAccountName, folder });
  } else throw new Error(`nobody fills volume ${mounted} of pod ${pod.metadata.name}`);
}

function environmentOf(plane: ControlPlane, { metadata }: StoredPod, container: Container, folder: string) {
  const facts: Readonly<Record<string, string>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': 'node',
  };
  const values = container.env.map(({ name, value, valueFrom }): [string, string] => {
    const text = value === undefined ? facts[valueFrom?.fieldRef?.fieldPath ?? ''] : inFolder(value, container, folder);
    if (text === undefined) throw new Error(`nobody knows the value of ${name}`);
    return [name, text];
  });
  return {
    ...Object.fromEntries(values),
    EVENTBATON_SERVICE_ACCOUNT_DIR: join(folder, accountFolder(container)),
    KUBERNETES_SERVICE_HOST: plane.host,
    KUBERNETES_SERVICE_PORT: String(plane.port),
    // Of its own pod it would ask the port of probes, at which another one listens here.
    DD_HEALTH_PORT: '1',
  };
}

/** A path in the container, as it is outside; other values as they are. */
function inFolder(value: string, { volumeMounts }: Container, folder: string): string {
  const isMounted = value.startsWith('/') && volumeMounts.some(({ mountPath }) => value.startsWith(`${mountPath}/`));
  return isMounted ? join(folder, value) : value;
}

function accountFolder({ volumeMounts }: Container): string {
  const mount = volumeMounts.find(({ name }) => name === 'api-access');
  if (mount === undefined) throw new Error('the container has no way to the API');
  return mount.mountPath;
}
