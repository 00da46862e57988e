import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Environment } from '../../../runtime/src/contract/read-settings.ts';
import type { KubernetesObject } from '../../../runtime/src/support/kubernetes-object.ts';
import { answer, type SeenRequest, startApi, type TestApi } from '../kube/api-server.ts';
import { temporaryFolder } from './process.ts';

export interface StoredObject extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** As much of a cluster as one collector needs, with its lock and token in namespace `monitoring`. */
export interface TestCluster {
  readonly api: TestApi;
  /** For a collector that shall find it. */
  readonly environment: Environment;
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly lock: () => StoredObject | undefined;
  readonly token: () => StoredObject | undefined;
  readonly asked: (method: string, path: string) => readonly SeenRequest[];
  /** From now on every request to which `status` gives one is refused with it; undefined: answered. */
  readonly refuse: (status: (request: SeenRequest) => number | undefined) => void;
  /** Somebody else writes an object. */
  readonly write: (path: string, object: StoredObject) => void;
  /** Open watches of Events. */
  readonly watches: () => number;
  /** Tells all watches of Events of a new one. */
  readonly happens: (event: TestEvent, type?: 'ADDED' | 'MODIFIED') => void;
}

export const lockPath = '/apis/coordination.k8s.io/v1/namespaces/monitoring/leases/datadog-leader-election';
export const tokenPath = '/api/v1/namespaces/monitoring/configmaps/datadogtoken';

const kubeSystem = { metadata: { name: 'kube-system', uid: 'cluster-1' } };

export interface TestEvent extends KubernetesObject {
  readonly message: string;
}

export function event(version: number): TestEvent {
  const metadata = { namespace: 'shop', name: `cart.${version}`, uid: `uid-${version}`, resourceVersion: `${version}` };
  return { metadata, message: `message ${version}` };
}

export async function startCluster({
  events = [],
  objects: given = {},
}: {
  readonly events?: readonly TestEvent[];
  readonly objects?: Readonly<Record<string, StoredObject>>;
} = {}): Promise<TestCluster> {
  const objects = new Map<string, StoredObject>(Object.entries(given));
  const watches = new Set<ServerResponse>();
  let version = 100;
  let refusal: (request: SeenRequest) => number | undefined = () => undefined;
  const store = (path: string, object: StoredObject) => {
    version += 1;
    const stored = { ...object, metadata: { uid: path, ...object.metadata, resourceVersion: String(version) } };
    objects.set(path, stored);
    return stored;
  };
  const openStream = (response: ServerResponse, isOfEvents: boolean) => {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    if (!isOfEvents) return;
    watches.add(response);
    response.on('close', () => watches.delete(response));
  };
  const api = await startApi((request, response) => {
    const { method, path, query, body } = request;
    const refused = refusal(request);
    if (refused !== undefined) return answer(response, refused, { kind: 'Status', code: refused, message: 'not now' });
    const isOfEvents = path.endsWith('/events');
    const object = body as StoredObject;
    if (query['watch'] === 'true') return openStream(response, isOfEvents);
    if (isOfEvents) {
      const items = query['fieldSelector'] === undefined ? events : [];
      return answer(response, 200, { metadata: { resourceVersion: String(version) }, items });
    }
    if (path === '/api/v1/namespaces/kube-system') return answer(response, 200, kubeSystem);
    if (method === 'POST') return answer(response, 201, store(`${path}/${object.metadata?.name}`, object));
    const stored = objects.get(path);
    if (stored === undefined) return answer(response, 404, { kind: 'Status', code: 404, reason: 'NotFound' });
    if (method === 'GET') return answer(response, 200, stored);
    if (object.metadata?.resourceVersion !== stored.metadata?.resourceVersion)
      return answer(response, 409, { kind: 'Status', code: 409, reason: 'Conflict' });
    return answer(response, 200, store(path, object));
  });
  return {
    api,
    environment: { KUBECONFIG: kubeconfigFor(api.port), DD_COLLECT_KUBERNETES_EVENTS: 'true' },
    objects,
    lock: () => objects.get(lockPath),
    token: () => objects.get(tokenPath),
    asked: (method, path) => api.requests.filter((request) => request.method === method && request.path === path),
    refuse(status) {
      refusal = status;
    },
    write: (path, object) => void store(path, object),
    watches: () => watches.size,
    happens(object, type = 'ADDED') {
      for (const watch of watches) watch.write(`${JSON.stringify({ type, object })}\n`);
    },
  };
}

function kubeconfigFor(port: number): string {
  const path = join(temporaryFolder(), 'kubeconfig');
  const config = {
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'monitoring' } }],
    'current-context': 'x',
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}
