import { member } from '../collection/raw-event.ts';
import { CollectorError, isCollectorError } from '../support/errors.ts';
import type { Report } from '../support/happening.ts';
import type { ApiClient } from './api-client.ts';

/**
 * Reads what tells this cluster from others, the uid of namespace kube-system, until it is known: every later call returns it. Undefined where
 * it may not be read, which is told: an API server that has just started forbids everything for a moment. Throws what any other failing
 * request throws.
 */
export function clusterUidReader(
  client: ApiClient,
  report: Report,
): (signal: AbortSignal) => Promise<string | undefined> {
  let known: string | undefined;
  return async (signal) => {
    known ??= await readUid(client, report, signal);
    return known;
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
    // Credentials that are not accepted (401) say nothing of what they may read.
    if (!isCollectorError(error, 'API_FORBIDDEN', 'API_NOT_FOUND') || error.details.status === 401) throw error;
    report({ what: 'cluster check off', error });
    return undefined;
  }
}
