/**
 * Every setting of the collector, declared once: the Agent's under the Agent's names, our own as EVENTBATON_*. The types, the reader of the
 * environment, the constructs' props and the documentation derive from this list.
 *
 * Values are in the unit that people write them in: whoever takes a duration from here converts it to milliseconds, once. That names a value
 * well does not say that it exists: neither file nor namespace is looked up here.
 */
import * as z from 'zod/mini';
import { lockResourceOf, lockSpellings } from './lock-resource.ts';
import { fieldsSchema, tagsSchema } from './record-fields.ts';
import { defaultLockName, defaultServiceAccountDir, defaultTokenName } from './names.ts';
import { sinkListSchema } from './sink-settings.ts';
import { isSeveralNamespaces, oneNamespaceOnly } from './watched-namespace.ts';

/** What the list says about a setting beside its type and default. */
export interface SettingMeta {
  readonly env: string;
  /** Key in a settings file, dots for nesting; absent for what only a pod's own environment knows. */
  readonly yaml?: string;
  readonly description: string;
  readonly unit?: 'seconds' | 'bytes';
  /** How the value is written as text. */
  readonly form: 'text' | 'flag' | 'number' | 'json';
}

type Facts = Omit<SettingMeta, 'form' | 'unit'>;

const metas = z.registry<SettingMeta>();

/** Some twelve days: within what a timer can hold, with room to multiply. */
const mostSeconds = 1_000_000;

const flag = (fallback: boolean, facts: Facts) =>
  z._default(z.boolean({ error: 'must be true or false' }), fallback).register(metas, { ...facts, form: 'flag' });

const seconds = (fallback: number, facts: Facts) => {
  const error = `must be a number of seconds above 0, at most ${mostSeconds}`;
  return z
    ._default(z.number({ error }).check(z.gt(0, { error }), z.lte(mostSeconds, { error })), fallback)
    .register(metas, { ...facts, form: 'number', unit: 'seconds' });
};

const integer = (fallback: number, least: number, most: number, facts: Facts & Pick<SettingMeta, 'unit'>) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    ._default(z.int({ error }).check(z.gte(least, { error }), z.lte(most, { error })), fallback)
    .register(metas, { ...facts, form: 'number' });
};

const choice = <const T extends string>(values: readonly [T, ...T[]], error: string, facts: Facts) =>
  z._default(z.enum(values, { error }), values[0]).register(metas, { ...facts, form: 'text' });

const text = (fallback: string, facts: Facts) =>
  z._default(z.string(), fallback).register(metas, { ...facts, form: 'text' });

/** Text that goes into request paths and headers. */
const objectName = (fallback: string, facts: Facts) => {
  const error = "must be the name of a Kubernetes object: lower-case letters, digits, '-' and '.', at most 253";
  const shape = z.regex(/^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)?$/, { error });
  return z._default(z.string().check(shape), fallback).register(metas, { ...facts, form: 'text' });
};

const namespaceShape = /^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?$/;
const notANamespace = "must be the name of a namespace: lower-case letters, digits and '-', at most 63";

const namespace = (facts: Facts) => {
  const shape = z.regex(namespaceShape, { error: notANamespace });
  return z._default(z.string().check(shape), '').register(metas, { ...facts, form: 'text' });
};

const watchedNamespace = (facts: Facts) => {
  const error = ({ input }: { readonly input?: unknown }) =>
    isSeveralNamespaces(input) ? oneNamespaceOnly : notANamespace;
  const shape = z.regex(namespaceShape, { error });
  return z._default(z.string({ error }).check(shape), '').register(metas, { ...facts, form: 'text' });
};

const allSettings = z.strictObject({
  collectKubernetesEvents: flag(false, {
    env: 'DD_COLLECT_KUBERNETES_EVENTS',
    yaml: 'collect_kubernetes_events',
    description: 'Collect Events. Implies leader election.',
  }),
  leaderElection: flag(false, {
    env: 'DD_LEADER_ELECTION',
    yaml: 'leader_election',
    description: 'Elect a leader among the collectors.',
  }),
  leaderLeaseDuration: seconds(60, {
    env: 'DD_LEADER_LEASE_DURATION',
    yaml: 'leader_lease_duration',
    description:
      'How long a leader that died is waited for. Renewed every quarter of it, given up after two thirds. Should be above 30.',
  }),
  leaderLeaseName: objectName(defaultLockName, {
    env: 'DD_LEADER_LEASE_NAME',
    yaml: 'leader_lease_name',
    description: 'Name of the lock object.',
  }),
  leaderElectionDefaultResource: choice(lockSpellings, 'must be lease, configmap or endpoints', {
    env: 'DD_LEADER_ELECTION_DEFAULT_RESOURCE',
    yaml: 'leader_election_default_resource',
    description:
      'Kind of the lock object: lease, configmap or endpoints. Never guessed, for collectors that guess differently would both lead.',
  }),
  tokenName: objectName(defaultTokenName, {
    env: 'DD_CLUSTER_AGENT_TOKEN_NAME',
    yaml: 'cluster_agent.token_name',
    description: 'Name of the ConfigMap that holds the resume token.',
  }),
  kubeResourcesNamespace: namespace({
    env: 'DD_KUBE_RESOURCES_NAMESPACE',
    yaml: 'kube_resources_namespace',
    description: "Namespace of lock and token; empty: the pod's own, else `default`.",
  }),
  kubeconfigPath: text('', {
    env: 'DD_KUBERNETES_KUBECONFIG_PATH',
    yaml: 'kubernetes_kubeconfig_path',
    description:
      'Kubeconfig to use, even if a service account is mounted. Empty: the service account, else what `KUBECONFIG` names, else `~/.kube/config`.',
  }),
  clusterName: text('', {
    env: 'DD_CLUSTER_NAME',
    yaml: 'cluster_name',
    description: 'Name of the cluster in each record.',
  }),
  tags: tagsSchema.register(metas, {
    env: 'DD_TAGS',
    yaml: 'tags',
    form: 'json',
    description: 'Tags in each record: text such as `env:prod team:shop`, or a list.',
  }),
  fields: fieldsSchema.register(metas, {
    env: 'EVENTBATON_FIELDS',
    yaml: 'fields',
    form: 'json',
    description: 'Fields in each record, under `fields`: a mapping such as {"env":"prod"}.',
  }),
  healthPort: integer(5555, 0, 65_535, {
    env: 'DD_HEALTH_PORT',
    yaml: 'health_port',
    description:
      'Port of /livez, /readyz, /metrics and /status. 0: any free one; a restarted process then waits for its own lease.',
  }),
  namespace: watchedNamespace({
    env: 'EVENTBATON_NAMESPACE',
    yaml: 'namespace',
    description: 'Collect the Events of this one namespace only; empty: all.',
  }),
  startFrom: choice(['all', 'now'], 'must be all or now', {
    env: 'EVENTBATON_START_FROM',
    yaml: 'start_from',
    description: 'Where to start without a token: all Events that the API server still has, or now.',
  }),
  eventTtl: seconds(3_600, {
    env: 'EVENTBATON_EVENT_TTL',
    yaml: 'event_ttl',
    description:
      "The API server's --event-ttl. Gaps are judged by it: with a wrong one they are recorded as uncertain, once that shows in the Events.",
  }),
  checkpointInterval: seconds(5, {
    env: 'EVENTBATON_CHECKPOINT_INTERVAL',
    yaml: 'checkpoint_interval',
    description: 'The token is written at most this often.',
  }),
  drainTimeout: seconds(10, {
    env: 'EVENTBATON_DRAIN_TIMEOUT',
    yaml: 'drain_timeout',
    description: 'How long a hand-over waits for open requests to sinks.',
  }),
  windowBytes: integer(8_388_608, 65_536, 1_073_741_824, {
    env: 'EVENTBATON_WINDOW_BYTES',
    yaml: 'window_bytes',
    unit: 'bytes',
    description: 'How much may be read and not yet settled.',
  }),
  logLevel: z
    ._default(z.enum(['error', 'warn', 'info', 'debug'], { error: 'must be error, warn, info or debug' }), 'info')
    .register(metas, {
      env: 'EVENTBATON_LOG_LEVEL',
      yaml: 'log_level',
      form: 'text',
      description: 'error, warn, info or debug.',
    }),
  sinks: sinkListSchema.register(metas, {
    env: 'EVENTBATON_SINKS',
    yaml: 'sinks',
    form: 'json',
    description: 'Where records go: a list such as [{"type":"file","path":"/events/events.jsonl"}].',
  }),
  podName: objectName('', { env: 'DD_POD_NAME', description: 'From the downward API; else the host name.' }),
  podUid: objectName('', {
    env: 'EVENTBATON_POD_UID',
    description: 'From the downward API; without it a restarted process waits for its own lease.',
  }),
  nodeName: objectName('', { env: 'EVENTBATON_NODE_NAME', description: 'From the downward API; for logs.' }),
  podNamespace: namespace({ env: 'EVENTBATON_POD_NAMESPACE', description: 'From the downward API.' }),
  serviceAccountDir: text(defaultServiceAccountDir, {
    env: 'EVENTBATON_SERVICE_ACCOUNT_DIR',
    description: 'Folder with token, ca.crt and namespace.',
  }),
  configFile: text('', {
    env: 'EVENTBATON_CONFIG',
    description:
      'Settings file, which then must be there; `/dev/null` for none. Empty: the first of the usual files that is there.',
  }),
});

export const settingsSchema = allSettings.check(
  z.refine(
    ({ leaderElectionDefaultResource: kind, leaderLeaseName, tokenName }) =>
      lockResourceOf(kind) !== 'configmaps' || leaderLeaseName !== tokenName,
    {
      path: ['leaderLeaseName'],
      error:
        'must differ from DD_CLUSTER_AGENT_TOKEN_NAME: lock and token cannot be one ConfigMap, whose writes would conflict',
    },
  ),
);

export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof Settings;

export const settingNames = Object.keys(settingsSchema.shape) as readonly SettingName[];

/** What the list says about a setting. */
export function settingMeta(name: SettingName): SettingMeta {
  const meta = metas.get(settingsSchema.shape[name]);
  if (meta === undefined)
    throw new Error(`setting ${name} says nothing about itself: register it in the list of settings`);
  return meta;
}

/** Every setting, with nothing set. */
export const defaultSettings: Settings = settingsSchema.parse({});
