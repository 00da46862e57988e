import { readSettings } from '../runtime/src/contract/read-settings.ts';
import { type SettingName, type Settings, settingMeta, settingNames } from '../runtime/src/contract/settings.ts';

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

export type ChosenSettings = Readonly<Partial<Record<SettingName, unknown>>>;

/** What only the downward API knows. */
const podFacts: Readonly<Partial<Record<SettingName, string>>> = {
  podName: 'metadata.name',
  podUid: 'metadata.uid',
  podNamespace: 'metadata.namespace',
  nodeName: 'spec.nodeName',
};

/** The container's environment: pod facts, and what was chosen. Everything else stays with the collector's own defaults. */
export function environmentFor(chosen: ChosenSettings): readonly EnvironmentVariable[] {
  return settingNames.flatMap((setting): readonly EnvironmentVariable[] => {
    const name = settingMeta(setting).env;
    const fieldPath = podFacts[setting];
    if (fieldPath !== undefined) return [{ name, valueFrom: { fieldRef: { fieldPath } } }];
    const text = textOf(chosen[setting]);
    return text === undefined ? [] : [{ name, value: unexpanded(text) }];
  });
}

/**
 * The settings as the collectors will read them. Throws, with all problems, where they would refuse to start: better at synthesis than on
 * every node.
 */
export function settingsFor(chosen: ChosenSettings): Settings {
  const environment = Object.fromEntries(settingNames.map((name) => [settingMeta(name).env, textOf(chosen[name])]));
  const result = readSettings(environment);
  if ('problems' in result)
    throw new Error(`the collectors would refuse these settings: ${result.problems.join('; ')}`);
  return result.settings;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The kubelet replaces `$(NAME)` in values, and takes `$$` for a dollar. */
function unexpanded(text: string): string {
  return text.replaceAll('$', '$$$$');
}
