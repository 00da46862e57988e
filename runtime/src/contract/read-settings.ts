/**
 * Settings from the environment and from what stands below it: all that is wrong with any of them at once, never a value in a message (it may
 * be a secret). Which file is read, and how, is not decided here.
 */
import { type Environment, environmentSource } from './environment-settings.ts';
import type { GivenSetting, SettingsSource } from './given-settings.ts';
import { type SettingName, type Settings, settingMeta, settingsSchema } from './settings.ts';
import { warningsAbout } from './settings-warnings.ts';

export type { Environment } from './environment-settings.ts';

export type SettingsResult =
  | { readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly problems: readonly string[] };

/**
 * Environment over the sources below it over default. What a higher source gives is not looked at in a lower one.
 *
 * @param below highest first
 */
export function readSettings(environment: Environment, below: readonly SettingsSource[] = []): SettingsResult {
  const sources = [environmentSource(environment), ...below];
  const given = new Map<SettingName, GivenSetting>(sources.toReversed().flatMap((source) => [...source.given]));
  const result = settingsSchema.safeParse(Object.fromEntries(Array.from(given, ([name, { value }]) => [name, value])));
  const problems = [
    ...sources.flatMap((source) => source.problems),
    ...(result.error?.issues ?? []).map(({ path, message }) => `${placeOf(given, path)}: ${message}`),
  ];
  if (!result.success || problems.length > 0) return { problems };
  return {
    settings: result.data,
    warnings: [
      ...sources.flatMap((source) => source.warnings),
      ...overruled(sources, given),
      ...warningsAbout(result.data, given),
    ],
  };
}

/** Whoever sets lock or token in a file must hear that a variable, such as the chart's, says otherwise: it would begin beside them. */
function overruled(
  sources: readonly SettingsSource[],
  given: ReadonlyMap<SettingName, GivenSetting>,
): readonly string[] {
  return sources.flatMap((source) =>
    Array.from(source.given, ([name, setting]) => [setting, given.get(name) ?? setting] as const)
      .filter(([setting, used]) => JSON.stringify(setting.value) !== JSON.stringify(used.value))
      .map(([setting, used]) => `${setting.place()} is not used: ${used.place()} says otherwise, and counts`),
  );
}

function placeOf(given: ReadonlyMap<SettingName, GivenSetting>, [first, ...rest]: readonly PropertyKey[]): string {
  const name = first as SettingName;
  return given.get(name)?.place(rest) ?? settingMeta(name).env;
}
