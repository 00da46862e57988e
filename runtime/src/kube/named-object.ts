import { fieldManager } from '../contract/names.ts';
import type { Clock } from '../support/clock.ts';
import { isCollectorError } from '../support/errors.ts';
import type { KubernetesObject, NamedObject } from '../support/kubernetes-object.ts';
import type { ApiClient } from './api-client.ts';
import type { Subject } from './subject.ts';
import { openWatch, type Watch } from './watch.ts';

export interface NamedObjectOptions {
  readonly client: ApiClient;
  readonly apiVersion: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly clock: Clock;
}

export function createNamedObject<T extends KubernetesObject>(options: NamedObjectOptions): NamedObject<T> {
  const { client, clock, ...where } = options;
  const { resource, namespace, name } = where;
  const description = `${resource} "${name}" in namespace "${namespace}"`;
  const subject = (verb: Subject['verb']): Subject => ({ ...where, verb });
  return {
    description,
    namespace,
    name,
    async get(request = {}) {
      try {
        return (await client.call({ ...request, subject: subject('get') })).body as T;
      } catch (error) {
        if (isCollectorError(error, 'API_NOT_FOUND')) return undefined;
        throw error;
      }
    },
    async create(object, request = {}) {
      const call = { ...request, subject: subject('create'), query: { fieldManager }, body: object };
      return (await client.call(call)).body as T;
    },
    async replace(object, request = {}) {
      assertPrecondition(object, description);
      const call = { ...request, subject: subject('update'), query: { fieldManager }, body: object };
      return (await client.call(call)).body as T;
    },
    async watch(resourceVersion, signal) {
      const query = {
        fieldSelector: `metadata.name=${name}`,
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      };
      const call = { subject: subject('watch'), query, timeoutSeconds: undefined, clock };
      return changesOf<T>(await openWatch(client, call, signal));
    },
  };
}

/** Without a uid a PUT on a deleted Lease makes a new one; without a resourceVersion a PUT on a ConfigMap overwrites whatever is there. */
function assertPrecondition({ metadata }: KubernetesObject, description: string): void {
  if (!metadata?.uid || !metadata.resourceVersion)
    throw new Error(`${description} must not be replaced without the uid and resourceVersion that it was seen with`);
}

async function* changesOf<T>(watch: Watch): AsyncGenerator<T | undefined> {
  try {
    for (let frame = await watch.next(); frame !== undefined; frame = await watch.next()) {
      if (frame.type === 'DELETED') yield undefined;
      else if (frame.type === 'ADDED' || frame.type === 'MODIFIED') yield frame.object as T;
      else if (frame.type !== 'BOOKMARK') throw watch.broken('a frame has no readable type');
    }
  } finally {
    watch.close();
  }
}
