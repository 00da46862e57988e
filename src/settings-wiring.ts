/** How settings reach the collectors: as environment, which counts before a file. */
import { type SettingName, settingMeta, settingNames } from '../runtime/src/contract/settings.ts';
import type { CollectorModel } from './collector-model.ts';
import type { EnvironmentVariable } from './pod-props.ts';
import { sinksText } from './secret-refs.ts';
import { and, given, isSet, items, not, or, text, when } from './symbolic/combine.ts';
import { Expression, isExpression, type Val } from './symbolic/expression.ts';

/** What only the downward API knows. */
const podFacts: Readonly<Partial<Record<SettingName, string>>> = {
  podName: 'metadata.name',
  podUid: 'metadata.uid',
  podNamespace: 'metadata.namespace',
  nodeName: 'spec.nodeName',
};

/** Where a settings file lies: not among the usual places, so that the container's own are not shadowed. */
export const settingsFolder = '/etc/eventbaton/settings';

/**
 * V8 lets the young generation grow to three times 16 MiB under load, at which nothing here gets faster: 4 MiB take a quarter off the peak of a
 * first start with 20,000 Events (122 to 97 MiB, measured on Node 24.21).
 */
const youngGeneration = { name: 'NODE_OPTIONS', value: '--max-semi-space-size=4' };

/** Pod facts, what was chosen, and what users add: that replaces a variable of the same name. Everything else stays with the collector's defaults. */
export function environmentOf(model: CollectorModel): readonly EnvironmentVariable[] {
  const { extraEnv } = model.pod;
  const wired = [...settingNames.map((setting) => variableOf(setting, model)), always(youngGeneration)].flatMap(
    ({ condition, variable }) => when(and(condition, not(isReplaced(variable.name, extraEnv))), variable) ?? [],
  );
  return [...wired, ...items(extraEnv)];
}

interface Wired {
  readonly condition: Val<boolean>;
  readonly variable: EnvironmentVariable;
}

const always = (variable: EnvironmentVariable): Wired => ({ condition: true, variable });

function variableOf(setting: SettingName, model: CollectorModel): Wired {
  const { env: name, form } = settingMeta(setting);
  const fieldPath = podFacts[setting];
  if (fieldPath !== undefined) return always({ name, valueFrom: { fieldRef: { fieldPath } } });
  if (setting === 'configFile') return settingsFileOf(name, model);
  if (setting === 'sinks') return chosen(name, given(model.sinks), sinksText(model.sinks));
  const value = model.settings[setting];
  return form === 'text'
    ? chosen(name, given(value as Val<string> | undefined), value as Val<string> | undefined)
    : chosen(name, isSet(value), jsonText(value));
}

function settingsFileOf(name: string, { settingsFile }: CollectorModel): Wired {
  const path = text`${settingsFolder}/${settingsFile.key}`;
  return chosen(name, hasSettingsFile(settingsFile), path);
}

export function hasSettingsFile({ content, configMapName }: CollectorModel['settingsFile']): Val<boolean> {
  return or(given(content), given(configMapName));
}

function chosen(name: string, condition: Val<boolean>, value: Val<string> | undefined): Wired {
  return { condition, variable: { name, value: unexpanded(value) as string } };
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

function isReplaced(name: string, extraEnv: CollectorModel['pod']['extraEnv']): Val<boolean> {
  if (isExpression(extraEnv))
    return new Expression(`has ${JSON.stringify(name)} (include "eventbaton.extraEnvNames" . | fromJsonArray)`, 'flag');
  return extraEnv.some((variable) => variable.name === name);
}
