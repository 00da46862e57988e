import { type AccessRule, accessRules } from '../runtime/src/contract/access.ts';
import { lockResourceOf } from '../runtime/src/contract/lock-resource.ts';
import { productName, productVersion } from '../runtime/src/contract/names.ts';
import type { Settings } from '../runtime/src/contract/settings.ts';
import type { EventCollectorProps } from './collector-props.ts';
import { type EnvironmentVariable, environmentFor, settingsFor } from './settings-wiring.ts';

/** Everything that the objects of one EventCollector are made of, with every default filled in. */
export interface CollectorFacts {
  readonly name: string;
  readonly namespace: string;
  /** Namespace of lock and token. */
  readonly keepNamespace: string;
  readonly watchNamespace: string | undefined;
  readonly image: string;
  readonly createTokenConfigMap: boolean;
  readonly environment: readonly EnvironmentVariable[];
  readonly settings: Settings;
  readonly rules: readonly AccessRule[];
}

/** Throws where the collectors would refuse the settings. */
export function collectorFacts(props: EventCollectorProps): CollectorFacts {
  const { namespace = 'eventbaton', name = 'eventbaton' } = props;
  const createTokenConfigMap = props.tokenConfigMap?.create ?? true;
  const chosen = {
    ...props.settings,
    collectKubernetesEvents: true,
    leaderElection: true,
    leaderElectionDefaultResource: props.settings?.leaderElectionDefaultResource ?? 'lease',
    kubeResourcesNamespace: props.settings?.kubeResourcesNamespace || namespace,
    namespace: props.watchNamespace,
  };
  const settings = settingsFor(chosen);
  if (settings.healthPort === 0) throw new Error('healthPort is 0: probes need a port that is known, from 1 to 65535');
  return {
    name,
    namespace,
    keepNamespace: settings.kubeResourcesNamespace,
    watchNamespace: settings.namespace || undefined,
    image: props.image ?? `${productName}:${productVersion}`,
    createTokenConfigMap,
    environment: environmentFor(chosen),
    settings,
    rules: accessRules({
      lockResource: lockResourceOf(settings.leaderElectionDefaultResource),
      lockName: settings.leaderLeaseName,
      tokenName: settings.tokenName,
      createToken: !createTokenConfigMap,
    }),
  };
}
