import { lockResourceOf } from '../contract/lock-resource.ts';
import { productName, productVersion } from '../contract/names.ts';
import type { Settings } from '../contract/settings.ts';
import { lockKinds } from '../election/lock-kinds.ts';
import { ApiClient } from '../kube/api-client.ts';
import { createNamedObject } from '../kube/named-object.ts';
import { decidePosition } from '../token/position-decision.ts';
import { parseCopy } from '../token/resume-token.ts';
import { type ConfigMap, readConfigMap } from '../token/token-config-map.ts';
import { findAccess } from './connect.ts';
import type { Surroundings } from './surroundings.ts';
import type { ClusterView } from './view.ts';

/**
 * Reads lock and token, again and again: two requests of verb `get` each time. Throws what the requests throw, or SETTINGS_INVALID.
 */
export async function clusterLooker(
  settings: Settings,
  surroundings: Pick<Surroundings, 'environment' | 'clock'>,
): Promise<(because: string) => Promise<ClusterView>> {
  const { clock } = surroundings;
  const { connection, namespace } = await findAccess(settings, surroundings);
  const userAgent = `${productName}/${productVersion} (status)`;
  const client = new ApiClient({ connection, userAgent, clock, report: () => undefined });
  const { apiVersion, resource, codec } = lockKinds[lockResourceOf(settings.leaderElectionDefaultResource)];
  const place = { client, clock, namespace };
  const lock = createNamedObject({ ...place, apiVersion, resource, name: settings.leaderLeaseName });
  const token = createNamedObject<ConfigMap>({
    ...place,
    apiVersion: 'v1',
    resource: 'configmaps',
    name: settings.tokenName,
  });
  return async (because) => {
    const [lockObject, tokenObject] = await Promise.all([lock.get(), token.get()]);
    const state = lockObject === undefined ? undefined : codec.read(lockObject);
    const position = decidePosition(readConfigMap(tokenObject), parseCopy(state?.tokenCopy), undefined);
    return {
      from: 'cluster',
      because,
      lock: { description: lock.description, record: state?.record },
      token: { description: token.description, value: position.kind === 'none' ? undefined : position.token },
      at: client.time.now(),
    };
  };
}
