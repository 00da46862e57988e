/** The one tree of chart values: from it come values.yaml, values.schema.json, the table in the chart's README, and what the templates read. */
import { defaultLockName, defaultTokenName } from '../../runtime/src/contract/names.ts';
import { defaultSettings } from '../../runtime/src/contract/settings.ts';
import { type LockKind, lockKinds } from '../collector-model.ts';
import {
  defaultApiServerPorts,
  defaultLivenessProbe,
  defaultMaxUnavailable,
  defaultNodeSelector,
  defaultPodSecurityContext,
  defaultReadinessProbe,
  defaultReplicas,
  defaultResources,
  defaultSecurityContext,
  defaultSettingsKey,
  defaultStartupProbe,
  defaultTokenAnnotations,
} from '../defaults.ts';
import { checksumAnnotation, releaseLabels } from '../labels.ts';
import { shapingVariables } from '../settings-wiring.ts';
import {
  flag,
  group,
  integer,
  list,
  map,
  nullable,
  optionalNumber,
  string,
  textMap,
  texts,
  value,
  without,
} from './value.ts';
import { nameOrNothing, objectName, watchedNamespace } from './names.ts';
import { sinksExample, sinksSchema } from './sinks.ts';

const port = { type: 'integer', minimum: 1, maximum: 65_535 };

/** Pods are selected by some of them. */
const labels = without(releaseLabels);

/** Of pods: the chart sets it. */
const annotations = without([checksumAnnotation]);

/** What roles, probes and mounts depend on are values. */
const variables = {
  items: {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', minLength: 1, not: { enum: [...shapingVariables.keys()] } },
      value: nullable({ type: 'string' }),
    },
    // Joined with the chart's own, it has to be known.
    if: { properties: { name: { not: { const: 'NODE_OPTIONS' } } } },
    else: { properties: { valueFrom: { type: 'null' } } },
  },
};

/** A content that nobody reads is a slip. */
const oneSettingsFile = {
  if: { properties: { existingConfigMap: { maxLength: 0 } } },
  else: { properties: { content: { maxLength: 0 } } },
};

const mostOfInt32 = 2_147_483_647;

/** Of a probe. */
function timings({ periodSeconds, timeoutSeconds, failureThreshold }: typeof defaultLivenessProbe) {
  const most = { maximum: mostOfInt32 };
  return {
    initialDelaySeconds: optionalNumber('integer', 'Seconds from the start to the first time; null: 0.', {
      minimum: 0,
      ...most,
    }),
    periodSeconds: integer(periodSeconds, 1, 'Seconds from one time to the next.', most),
    timeoutSeconds: integer(timeoutSeconds, 1, 'Seconds that an answer may take.', most),
    failureThreshold: integer(failureThreshold, 1, 'Number of failures in a row after which it has failed.', most),
  };
}

const pullSecrets = {
  items: {
    type: ['string', 'object'],
    minLength: 1,
    required: ['name'],
    additionalProperties: false,
    properties: { name: { type: 'string', minLength: 1 } },
  },
};

const items = { items: { type: 'object' } };
const namedItems = { items: { type: 'object', required: ['name'] } };

export const valuesTree = {
  global: group(
    'Values that a parent chart shares with all of its dependencies; those of other charts are let through.',
    {
      imageRegistry: string('', 'Registry of all images: stands before image.repository, unless that begins with it.'),
      imagePullSecrets: list(
        'Secrets for the registry, each a name or `{name}`, beside imagePullSecrets.',
        pullSecrets,
      ),
    },
    { additionalProperties: true },
  ),

  nameOverride: string('', 'Replaces the name of the chart in names and labels.'),
  fullnameOverride: string('', 'Name of all objects, instead of one made from release and chart.'),
  commonLabels: textMap('On every object and pod.', labels),
  commonAnnotations: textMap('On every object and pod.', annotations),

  image: group('The image of the collectors.', {
    repository: string('eventbaton', 'Where the image is. None is published yet: it has to be one that you have.', {
      minLength: 1,
    }),
    tag: string('', "Empty: the chart's appVersion."),
    digest: string('', 'Best given: with it, every node runs the very same bytes.', {
      pattern: '^(sha256:[0-9a-f]{64})?$',
    }),
    pullPolicy: string('IfNotPresent', 'When nodes ask the registry.', { enum: ['Always', 'IfNotPresent', 'Never'] }),
  }),
  imagePullSecrets: list('Secrets for the registry, each a name or `{name}`.', pullSecrets),

  workload: value<'DaemonSet' | 'Deployment'>('DaemonSet', 'One collector on each node, or a few in all.', {
    type: 'string',
    enum: ['DaemonSet', 'Deployment'],
  }),
  replicaCount: integer(defaultReplicas, 0, 'Of a Deployment.'),
  podDisruptionBudget: group('Of a Deployment.', {
    create: flag(true, 'Whether there is one.'),
    maxUnavailable: value<number | string>(defaultMaxUnavailable, 'A number, or a share such as "50%".', {
      type: ['integer', 'string'],
      minimum: 0,
      pattern: '^([0-9]{1,2}|100)%$',
    }),
  }),

  collectEvents: flag(true, 'Collect Events. Implies leader election.'),
  leaderElection: flag(true, 'Elect a leader among the collectors.'),
  leaderLeaseDuration: optionalNumber(
    'number',
    'Seconds that a leader which died is waited for; null: 60. Should be above 30: at 30 and below each slow answer may cost the lease.',
    { exclusiveMinimum: 0, maximum: 1_000_000 },
  ),
  leaderElectionResource: value<LockKind>('lease', 'Kind of the lock object.', {
    type: 'string',
    enum: lockKinds,
  }),
  leaderLeaseName: string(
    defaultLockName,
    'Name of the lock object. Two releases in one namespace need two.',
    objectName,
  ),
  tokenConfigMap: group('The ConfigMap that holds the resume token.', {
    create: flag(
      true,
      'Whether the release brings it. If not, the collectors may create it, and that right cannot be limited to one name.',
    ),
    name: string(defaultTokenName, 'Two releases in one namespace need two.', objectName),
    labels: textMap('On it alone.', labels),
    annotations: map(
      defaultTokenAnnotations,
      'What keeps Helm, Argo CD and Flux from removing it, or its data.',
      texts,
    ),
  }),

  clusterName: string('', 'Name of the cluster in each record.'),
  tags: value([] as readonly string[], 'Tags in each record, such as `env:prod`.', {
    type: 'array',
    maxItems: 128,
    items: { type: 'string', minLength: 1, maxLength: 256 },
  }),
  fields: map({}, 'Fields in each record, under `fields`: names and their text.', { maxProperties: 32, ...texts }),
  watchNamespace: value<string>('', 'Collect the Events of this one namespace only; empty: all.', {
    type: ['string', 'array'],
    ...watchedNamespace,
  }),
  startFrom: string(
    '',
    'Where to start without a token: all Events that the API server still has, or now; empty: all.',
    {
      enum: ['', 'all', 'now'],
    },
  ),
  eventTtl: optionalNumber('number', "Seconds; the API server's --event-ttl; null: 3600.", {
    exclusiveMinimum: 0,
    maximum: 1_000_000,
  }),
  checkpointInterval: optionalNumber('number', 'Seconds between two writes of the token, at least; null: 5.', {
    exclusiveMinimum: 0,
    maximum: 1_000_000,
  }),
  drainTimeout: value(
    defaultSettings.drainTimeout,
    "Seconds that a hand-over waits for open requests. The pods' grace period is 20 s longer.",
    { type: 'number', exclusiveMinimum: 0, maximum: 1_000_000 },
  ),
  windowBytes: optionalNumber(
    'integer',
    'Bytes that may be read and not yet settled; null: 8388608. Raise resources.limits.memory with it.',
    {
      minimum: 65_536,
      maximum: 1_073_741_824,
    },
  ),
  logLevel: string('', 'error, warn, info or debug; empty: info.', { enum: ['', 'error', 'warn', 'info', 'debug'] }),
  healthPort: integer(defaultSettings.healthPort, 1, 'Port of /livez, /readyz, /metrics and /status.', port),

  sinks: list(
    "Where records go: the collector's own list (docs/sinks.md). Empty: lines of JSON on the pods' stdout. Two of one type need a `name` each. A secret is `{secretRef: {name, key}}`: that key is mounted as a read-only file.",
    sinksSchema,
    sinksExample,
  ),
  settingsFile: group(
    'A settings file, for what the values do not say: a content, or a ConfigMap that is there. Names of lock and token, the kind of lock, their namespace, port and drain time are always those of the values, whatever stands in it: a collector warns of each that differs.',
    {
      content: string('', 'YAML. Pods are replaced when it changes.'),
      existingConfigMap: string('', 'A ConfigMap that is there, instead of a content.', nameOrNothing),
      key: string(defaultSettingsKey, "Name of the file. A datadog.yaml is read as the Agent's.", {
        pattern: '^[-._a-zA-Z0-9]{1,240}[.]ya?ml$',
      }),
    },
    oneSettingsFile,
  ),

  serviceAccount: group('Whose rights the collectors have.', {
    create: flag(true, 'Whether the release brings it. If not, the pod of `helm test` uses it as well.'),
    name: string('', 'Empty: the name of all objects, or `default` where none is created.', nameOrNothing),
    labels: textMap('On it alone.', labels),
    annotations: textMap('On it alone.'),
  }),
  rbac: group('Rights.', {
    create: flag(
      true,
      "Whether roles and bindings are made. If not, the pod of `helm test` runs as the collectors' service account.",
    ),
    clusterScope: flag(
      true,
      'Whether a ClusterRole and its binding are made. With watchNamespace it can be false, for those who may only make objects in namespaces. It is true there, too, for without it collectors cannot identify the cluster, and would trust the token of another one.',
    ),
  }),

  podLabels: textMap('On pods alone.', labels),
  podAnnotations: textMap('On pods alone.', annotations),
  podSecurityContext: map(
    defaultPodSecurityContext,
    'Of the pod. On OpenShift, set runAsUser, runAsGroup and fsGroup to null.',
  ),
  securityContext: map(defaultSecurityContext, "Of the collector's container."),
  resources: map(defaultResources, "Of the collector's container."),
  nodeSelector: map(defaultNodeSelector, 'Labels of the nodes that pods may run on.', texts),
  tolerations: list('Taints of nodes that pods may run on.', items),
  affinity: map({}, 'As in a pod.'),
  topologySpreadConstraints: list('As in a pod. A Deployment without any is spread over nodes where it can be.', items),
  priorityClassName: string('', 'Empty: none.'),
  updateStrategy: map(
    {},
    "The workload's. Empty: rolling; a tenth of a DaemonSet is away, a Deployment has one pod more, with hostNetwork one fewer.",
  ),
  revisionHistoryLimit: optionalNumber('integer', 'Number of old revisions that are kept for a roll-back; null: 10.', {
    minimum: 0,
    maximum: mostOfInt32,
  }),

  hostNetwork: flag(
    false,
    'Pods use the network of their node. healthPort must then be free on every node, the network policy does not apply to them, and a namespace that enforces "baseline" or "restricted" refuses them.',
  ),
  dnsPolicy: string('', 'Empty: ClusterFirst; with hostNetwork ClusterFirstWithHostNet.', {
    enum: ['', 'ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
  }),
  dnsConfig: map({}, 'As in a pod.'),
  hostAliases: list('Further lines of /etc/hosts, each an `ip` with its `hostnames`.', {
    items: { type: 'object', required: ['ip', 'hostnames'] },
  }),

  livenessProbe: group('When /livez is asked. A collector that fails is restarted.', timings(defaultLivenessProbe)),
  readinessProbe: group('When /readyz is asked.', timings(defaultReadinessProbe)),
  startupProbe: group('Asks /livez until it first succeeds; the other probes wait for it.', {
    enabled: flag(false, 'Whether there is one.'),
    ...timings(defaultStartupProbe),
  }),

  extraEnv: list(
    "Further variables; one that the chart sets is replaced, but NODE_OPTIONS, as a `value`, is added to the chart's. Those that roles, probes and mounts depend on are values.",
    variables,
  ),
  extraEnvFrom: list('As in a container.', items),
  extraVolumes: list('As in a pod.', namedItems),
  extraVolumeMounts: list("Of the collector's container.", namedItems),
  extraInitContainers: list(
    'Run before the collector starts. In a namespace that enforces "restricted" each needs a securityContext.',
    namedItems,
  ),
  extraContainers: list(
    'Sidecars. In a namespace that enforces "restricted" each needs a securityContext.',
    namedItems,
  ),

  podMonitor: group('For the Prometheus Operator, whose CRDs have to be there.', {
    enabled: flag(false, 'Whether there is one.'),
    labels: textMap('Such as those by which a Prometheus selects its PodMonitors.', labels),
    interval: string('', "Such as 30s; empty: Prometheus' own."),
    scrapeTimeout: string('', "Such as 10s; empty: Prometheus' own."),
    relabelings: list('As in a PodMonitor.', items),
    metricRelabelings: list('As in a PodMonitor.', items),
  }),
  networkPolicy: group(
    'Lets in what may scrape, and out to DNS, the API server and the ports of the http sinks in `sinks` and of proxies in extraEnv; for those of a settings file or another variable add egress.',
    {
      enabled: flag(false, 'Whether there is one.'),
      ingressFrom: list('Who may reach the health port, as peers of a NetworkPolicy; empty: everyone.', items),
      apiServerPorts: value<readonly number[]>(defaultApiServerPorts, 'Of the API server, as pods reach it.', {
        type: 'array',
        items: port,
      }),
      egress: list(
        'Further rules of a NetworkPolicy. Network plugins count the port of the pod: for a sink behind a Service add its target port, on OpenShift 5353 (UDP and TCP) for DNS.',
        items,
      ),
    },
  ),

  extraObjects: list('Further objects, installed as they are.', {
    items: { type: 'object', required: ['apiVersion', 'kind', 'metadata'] },
  }),
} as const;

export type ValuesTree = typeof valuesTree;
