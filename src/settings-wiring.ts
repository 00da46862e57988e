/** How settings reach the collectors: as environment, which counts before a file. */
import { type SettingName, settingMeta, settingNames } from '../runtime/src/contract/settings.ts';
import type { CollectorModel } from './collector-model.ts';
import type { EnvironmentVariable } from './pod-props.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Entries } from './entries.ts';
import { sinksText } from './mounted-keys.ts';
import { and, given, isSet, items, namedList, not, or, text, when } from './symbolic/combine.ts';
import { asText, Expression, isExpression, type Val } from './symbolic/expression.ts';

/**
 * What only the downward API knows. The version that the API server would fill in is said: without it, the first `kubectl apply --server-side` after a
 * plain one is refused as a conflict with a field that nobody changed.
 */
const podFacts: Readonly<Partial<Record<SettingName, string>>> = {
  podName: 'metadata.name',
  podUid: 'metadata.uid',
  podNamespace: 'metadata.namespace',
  nodeName: 'spec.nodeName',
};

/** Not written out where it is the pods' own: who moves the manifests to another namespace, as Kustomize does, would move all but this. */
const ownNamespace = 'metadata.namespace';

/** Where a settings file lies: not among the usual places, so that the container's own are not shadowed. */
export const settingsFolder = '/etc/eventbaton/settings';

/**
 * V8 lets the young generation grow to three times 16 MiB under load, at which nothing here gets faster: 4 MiB take a quarter off the peak of a
 * first start with 20,000 Events (122 to 97 MiB, measured on Node 24.21).
 */
const youngGeneration = { name: 'NODE_OPTIONS', value: '--max-semi-space-size=4' };

/** Pod facts, what was chosen, and what users add: that replaces a variable of the same name, unless others depend on it. Everything else stays with the collector's defaults. */
export function environmentOf(model: CollectorModel): readonly EnvironmentVariable[] {
  const { extraEnv } = model.pod;
  const wired = [...settingNames.map((setting) => variableOf(setting, model)), always(youngGeneration)].flatMap(
    ({ condition, variable }) => when(and(condition, not(isReplaced(variable.name, extraEnv))), variable) ?? [],
  );
  const variables = { extraEnv: 'include "eventbaton.extraEnvNames" . | fromJsonArray' };
  return namedList('env', [...wired, ...items(withOwnOptions(extraEnv))], variables);
}

type Variables = CollectorModel['pod']['extraEnv'];

/** Options of Node are joined, ours first: of two that say the same, Node takes the last. */
function withOwnOptions(extraEnv: Variables): Variables {
  if (isExpression(extraEnv)) return new Expression('include "eventbaton.extraEnv" . | fromJsonArray', 'list');
  return extraEnv.map((variable) =>
    variable.name === youngGeneration.name
      ? { ...variable, value: `${youngGeneration.value} ${variable.value ?? ''}`.trim() }
      : variable,
  );
}

const shaping: Readonly<Partial<Record<SettingName, string>>> = {
  leaderLeaseName: 'settings.leaderLeaseName',
  leaderElectionDefaultResource: 'settings.leaderElectionDefaultResource',
  tokenName: 'settings.tokenName',
  kubeResourcesNamespace: 'settings.kubeResourcesNamespace',
  healthPort: 'settings.healthPort',
  namespace: 'watchNamespace',
  drainTimeout: 'settings.drainTimeout',
  configFile: 'settingsFile',
};

/** Variables that only a prop sets, by the prop: roles, probes, mounts and the grace period are made of it as well. */
export const shapingVariables: ReadonlyMap<string, string> = new Map(
  Object.entries(shaping).map(([setting, prop]) => [settingMeta(setting as SettingName).env, prop]),
);

interface Wired {
  readonly condition: Val<boolean>;
  readonly variable: EnvironmentVariable;
}

const always = (variable: EnvironmentVariable): Wired => ({ condition: true, variable });

function variableOf(setting: SettingName, model: CollectorModel): Wired {
  const { env: name, form } = settingMeta(setting);
  const fieldPath = podFacts[setting];
  if (fieldPath !== undefined) return fromPod(name, fieldPath);
  if (setting === 'kubeResourcesNamespace' && model.settings[setting] === undefined) return fromPod(name, ownNamespace);
  if (setting === 'configFile') return settingsFileOf(name, model);
  if (setting === 'sinks') return chosen(name, given(model.sinks), unexpanded(sinksText(model.sinks)));
  const value = model.settings[setting];
  if (form === 'json') return chosen(name, given(value as Val<Entries> | undefined), unexpanded(rawJson(value)));
  return form === 'text'
    ? chosen(name, given(value as Val<string> | undefined), unexpanded(value as Val<string> | undefined))
    : chosen(name, isSet(value), jsonText(value));
}

function fromPod(name: string, fieldPath: string): Wired {
  return always({ name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } });
}

function settingsFileOf(name: string, { settingsFile }: CollectorModel): Wired {
  const path = text`${settingsFolder}/${settingsFile.key}`;
  return chosen(name, hasSettingsFile(settingsFile), unexpanded(path));
}

export function hasSettingsFile({ content, configMapName }: CollectorModel['settingsFile']): Val<boolean> {
  return or(given(content), given(configMapName));
}

function chosen(name: string, condition: Val<boolean>, value: Val<string>): Wired {
  return { condition, variable: { name, value: asText(value) } };
}

/** Without the escapes that Go makes for HTML. */
function rawJson(value: unknown): Val<string> {
  if (isExpression(value)) return new Expression(`toRawJson ${value.argument}`, 'string');
  return value === undefined ? '' : canonicalJson(value);
}

function jsonText(value: unknown): Val<string> {
  if (isExpression(value)) return new Expression(`toJson ${value.argument}`, 'string');
  return JSON.stringify(value) ?? '';
}

/** The kubelet replaces `$(NAME)` in values, and takes `$$` for a dollar. */
function unexpanded(value: Val<string> | undefined): Val<string> {
  if (!isExpression(value)) return (value ?? '').replaceAll('$', '$$$$');
  return new Expression(`${value.go} | replace "$" "$$"`, 'string');
}

function isReplaced(name: string, extraEnv: Variables): Val<boolean> {
  if (isExpression(extraEnv)) return new Expression(`has ${JSON.stringify(name)} $extraEnv`, 'flag');
  return extraEnv.some((variable) => variable.name === name);
}
