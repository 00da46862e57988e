/** What the API server would refuse of the collectors' objects, as far as it can be told without one: structure, names, references. */
import { type Container, type Manifest, type PodSpec, type Selector, workloadsAmong } from './manifests.ts';

/** By kind: the version, and whether it has a namespace. */
const kinds: Readonly<Record<string, readonly [apiVersion: string, namespaced: boolean]>> = {
  ServiceAccount: ['v1', true],
  ConfigMap: ['v1', true],
  ClusterRole: ['rbac.authorization.k8s.io/v1', false],
  ClusterRoleBinding: ['rbac.authorization.k8s.io/v1', false],
  Role: ['rbac.authorization.k8s.io/v1', true],
  RoleBinding: ['rbac.authorization.k8s.io/v1', true],
  DaemonSet: ['apps/v1', true],
  Deployment: ['apps/v1', true],
  PodDisruptionBudget: ['policy/v1', true],
  NetworkPolicy: ['networking.k8s.io/v1', true],
  PodMonitor: ['monitoring.coreos.com/v1', true],
};

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const word = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

const isDnsLabel = (text: unknown) => typeof text === 'string' && text.length <= 63 && label.test(text);
const isName = (text: unknown) => typeof text === 'string' && text.length <= 253 && subdomain.test(text);
const isValue = (text: unknown) => typeof text === 'string' && text.length <= 63 && (text === '' || word.test(text));

function isKey(key: string): boolean {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  const prefixed = parts.length === 1 || (parts.length === 2 && isName(parts[0]?.toLowerCase()));
  return prefixed && name !== '' && isValue(name);
}

/** Sentences without what is right. */
function wrong(...checks: readonly (readonly [holds: boolean, problem: string])[]): readonly string[] {
  return checks.filter(([holds]) => !holds).map(([, problem]) => problem);
}

function twice(what: string, names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${what} ${name} is there twice`);
}

export function problemsIn(rendered: readonly Manifest[]): readonly string[] {
  return [
    ...rendered.flatMap((manifest) => objectProblems(manifest).map((problem) => `${manifest.kind}: ${problem}`)),
    ...twice(
      'object',
      rendered.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`),
    ),
    ...selectorProblems(rendered),
    ...bindingProblems(rendered),
    ...nothingIn(rendered).map((path) => `${path} is nothing`),
  ];
}

function objectProblems(manifest: Manifest): readonly string[] {
  const { kind, apiVersion, metadata } = manifest;
  const [version, namespaced] = kinds[kind] ?? [];
  const data = 'data' in manifest ? Object.keys(manifest.data as object) : [];
  return [
    ...wrong(
      [version === apiVersion, `its version is ${apiVersion}`],
      [isName(metadata.name), `its name is ${metadata.name}`],
      [namespaced === true ? isDnsLabel(metadata.namespace) : !('namespace' in metadata), 'its namespace'],
      [data.every((key) => /^[-._a-zA-Z0-9]+$/.test(key) && !/^\.\.?$|^\.\./.test(key)), `its data ${data.join()}`],
    ),
    ...labelProblems(metadata.labels),
    ...annotationProblems(metadata.annotations),
    ...workloadsAmong([manifest]).flatMap(({ spec: { template } }) => [
      ...labelProblems(template.metadata.labels),
      ...annotationProblems(template.metadata.annotations),
      ...podProblems(template.spec),
    ]),
  ];
}

function labelProblems(labels: Readonly<Record<string, unknown>> = {}): readonly string[] {
  return Object.entries(labels).flatMap(([key, value]) =>
    wrong([isKey(key) && isValue(value), `label ${key}: ${String(value)}`]),
  );
}

function annotationProblems(annotations: Readonly<Record<string, unknown>> = {}): readonly string[] {
  return Object.entries(annotations).flatMap(([key, value]) =>
    wrong([isKey(key) && typeof value === 'string', `annotation ${key}: ${String(value)}`]),
  );
}

function podProblems(spec: PodSpec): readonly string[] {
  const containers: readonly Container[] = spec.containers;
  const volumes = spec.volumes.map(({ name }) => String(name));
  const names = containers.map(({ name }) => name);
  return [
    ...wrong(
      [isName(spec.serviceAccountName), `its service account ${spec.serviceAccountName}`],
      [Number.isInteger(spec.terminationGracePeriodSeconds), 'its grace period'],
      [[...names, ...volumes].every(isDnsLabel), `names of containers and volumes ${[...names, ...volumes].join()}`],
    ),
    ...twice('container', names),
    ...twice('volume', volumes),
    ...labelProblems(spec.nodeSelector),
    ...containers.flatMap((container) => containerProblems(container, volumes)),
  ];
}

/** Sidecars may say less. */
function containerProblems(container: Partial<Container>, volumes: readonly string[]): readonly string[] {
  const { image = '', env = [], volumeMounts = [] } = container;
  const variables = env.map(({ name }) => name);
  const paths = volumeMounts.map(({ mountPath }) => mountPath);
  return [
    ...wrong([/^\S+$/.test(image), `image ${image}`]),
    ...twice('variable', variables),
    ...twice('mount', paths),
    ...variables.flatMap((name) =>
      wrong([/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name) && !/^\.\.?$|^\.\./.test(name), `variable ${name}`]),
    ),
    ...env.flatMap(({ name, value = '', valueFrom }) =>
      wrong(
        [typeof value === 'string', `variable ${name} is no text`],
        [value === '' || valueFrom === undefined, `variable ${name} has two values`],
      ),
    ),
    ...volumeMounts.flatMap(({ name }) => wrong([volumes.includes(name), `mount of ${name}, which is no volume`])),
    ...paths.flatMap((path) => wrong([path !== '' && !path.includes(':'), `mount at ${path}`])),
  ];
}

/** Every selector picks the pods of some workload of the set, each workload's its own alone. */
function selectorProblems(rendered: readonly Manifest[]): readonly string[] {
  const workloads = workloadsAmong(rendered);
  const pods = workloads.map(({ spec }) => spec.template.metadata.labels);
  const picked = ({ matchLabels }: Selector) =>
    pods.filter((labels) => Object.entries(matchLabels).every(([key, value]) => labels[key] === value));
  return [
    ...workloads.flatMap(({ metadata, spec }) => {
      const [own, ...others] = picked(spec.selector);
      return wrong([own === spec.template.metadata.labels && others.length === 0, `selector of ${metadata.name}`]);
    }),
    ...selectorsOfAll(rendered).flatMap((selector) =>
      wrong([picked(selector).length === pods.length, `selector ${JSON.stringify(selector)} misses pods`]),
    ),
  ];
}

/** Of what concerns the whole set. */
export function selectorsOfAll(rendered: readonly Manifest[]): readonly Selector[] {
  const spread = workloadsAmong(rendered).flatMap(({ spec }) => spec.template.spec.topologySpreadConstraints ?? []);
  const chosen = rendered.flatMap(({ kind, spec }) => {
    const { selector, podSelector } = (spec ?? {}) as { selector?: Selector; podSelector?: Selector };
    if (kind === 'NetworkPolicy') return podSelector ?? [];
    return kind === 'PodMonitor' || kind === 'PodDisruptionBudget' ? (selector ?? []) : [];
  });
  return [...chosen, ...spread.map(({ labelSelector }) => labelSelector)];
}

function bindingProblems(rendered: readonly Manifest[]): readonly string[] {
  return rendered.flatMap(({ metadata: { name, namespace }, roleRef }) => {
    if (roleRef === undefined) return [];
    const bound = rendered.some(
      ({ kind, metadata }) =>
        kind === roleRef.kind && metadata.name === roleRef.name && metadata.namespace === namespace,
    );
    return wrong([bound, `binding ${name} of ${roleRef.name}, which is not there`]);
  });
}

/** Paths of null and undefined: JSON and YAML would not keep them. */
function nothingIn(value: unknown, path = ''): readonly string[] {
  if (value === null || value === undefined) return [path];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, part]) => nothingIn(part, `${path}/${key}`));
}
