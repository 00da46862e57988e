import { readSettings } from '../runtime/src/contract/read-settings.ts';
import { type Settings, settingMeta, settingNames } from '../runtime/src/contract/settings.ts';
import type { ChosenSettings } from './collector-model.ts';
import { inOneLine } from './problems.ts';
import { writtenTextProblems } from './written-text.ts';

export interface SettingsRead {
  /** Undefined where the collectors would refuse to start. */
  readonly settings: Settings | undefined;
  readonly problems: readonly string[];
}

/** Settings of plain values as the collectors will read them. */
export function settingsRead(chosen: ChosenSettings): SettingsRead {
  const environment = Object.fromEntries(settingNames.map((name) => [settingMeta(name).env, textOf(chosen[name])]));
  const result = readSettings(environment);
  const unwritable = Object.entries(environment).flatMap(([name, text]) =>
    writtenTextProblems(`settings: ${name}`, text),
  );
  if (!('problems' in result)) return { settings: result.settings, problems: unwritable };
  const problems = result.problems.map((problem) => `settings: ${inOneLine(problem)}`);
  return { settings: undefined, problems: [...unwritable, ...problems] };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
