/** What holds where nobody says otherwise: for the constructs' props and for the chart's values. */
import { type Entries, isEntries } from './entries.ts';

/** Nobody's: not root, and outside the range that images give to system users. */
const userId = 65_532;

export const defaultPodSecurityContext: Entries = {
  runAsNonRoot: true,
  runAsUser: userId,
  runAsGroup: userId,
  fsGroup: userId,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Said once more for the container: scanners look there. */
export const defaultSecurityContext: Entries = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
};

/** An idle follower holds 61 MiB, a leader that reads 20,000 stored Events 97 MiB at its peak (measured). */
export const defaultResources: Entries = {
  requests: { cpu: '10m', memory: '80Mi' },
  limits: { memory: '192Mi' },
};

export const defaultNodeSelector: Entries = { 'kubernetes.io/os': 'linux' };

/** Four failures: a stalled event loop gets a minute. */
export const defaultLivenessProbe = {
  initialDelaySeconds: null,
  periodSeconds: 15,
  timeoutSeconds: 5,
  failureThreshold: 4,
};
export const defaultReadinessProbe = {
  initialDelaySeconds: null,
  periodSeconds: 10,
  timeoutSeconds: 5,
  failureThreshold: 3,
};
/** If there is one: five minutes. */
export const defaultStartupProbe = {
  initialDelaySeconds: null,
  periodSeconds: 10,
  timeoutSeconds: 5,
  failureThreshold: 30,
};

export const defaultReplicas = 2;
export const defaultMaxUnavailable = 1;
export const defaultSettingsKey = 'eventbaton.yaml';

/** 443: the Service; 6443: what many network plugins see behind it. */
export const defaultApiServerPorts: readonly number[] = [443, 6443];

/** The token outlives a release, is never pruned, and Flux leaves to it what kubectl wrote last. */
export const defaultTokenAnnotations: Entries = {
  'helm.sh/resource-policy': 'keep',
  'argocd.argoproj.io/sync-options': 'Prune=false',
  'kustomize.toolkit.fluxcd.io/ssa': 'Merge',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
};

/** The given map over the default one, at every depth, as Helm does it with values: null takes an entry away. */
export function overDefault(fallback: Entries, given: Entries | undefined): Entries {
  const result: Record<string, unknown> = { ...fallback };
  for (const [key, value] of Object.entries(given ?? {})) {
    const before = result[key];
    if (value === null || value === undefined) delete result[key];
    else result[key] = isEntries(before) && isEntries(value) ? overDefault(before, value) : value;
  }
  return result;
}
