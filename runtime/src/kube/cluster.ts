import { member } from '../collection/raw-event.ts';
import { CollectorError, isCollectorError } from '../support/errors.ts';
import type { Report } from '../support/happening.ts';
import type { ApiClient } from './api-client.ts';

/**
 * Reads what tells this cluster from others, the uid of namespace kube-system, once: every later call returns the first answer. Undefined where
 * it may not be read, which is told. Throws what any other failing request throws.
 */
export function clusterUidReader(
  client: ApiClient,
  report: Report,
): (signal: AbortSignal) => Promise<string | undefined> {
  let known: { readonly uid: string | undefined } | undefined;
  return async (signal) => {
    known ??= { uid: await readUid(client, report, signal) };
    return known.uid;
  };
}

async function readUid(client: ApiClient, report: Report, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { body } = await client.call({
      subject: { verb: 'get', apiVersion: 'v1', resource: 'namespaces', name: 'kube-system' },
      signal,
    });
    const uid = member(member(body, 'metadata'), 'uid');
    if (typeof uid === 'string' && uid !== '') return uid;
    throw new CollectorError('API_UNAVAILABLE', 'get namespaces "kube-system": the answer has no uid');
  } catch (error) {
    if (!isCollectorError(error, 'API_FORBIDDEN', 'API_NOT_FOUND')) throw error;
    report({ what: 'cluster check off', error });
    return undefined;
  }
}
