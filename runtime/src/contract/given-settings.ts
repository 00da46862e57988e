/** Settings as one place gives them, before anybody has judged them. */
import type { SettingMeta, SettingName } from './settings.ts';

export interface GivenSetting {
  readonly value: unknown;
  /** Where it stands, for a person: the variable, or file, line and key. @param path into the value, for settings that have parts */
  readonly place: (path?: readonly PropertyKey[]) => string;
}

/** One place's settings. Problems and warnings are sentences that name where they are, and never a value. */
export interface SettingsSource {
  readonly given: ReadonlyMap<SettingName, GivenSetting>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Of a settings file: twice what the Agent's has with every comment in it. */
export const largestFileBytes = 524_288;

/** The words of YAML 1.1, which the Agent reads its file by, and the digits that its variables know. */
const flags: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'on', 'y', 't', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', 'n', 'f', '0'].map((word) => [word, false] as const),
]);

/** The value that a text stands for. What is not of the form stays text: the schema then says what it wants. */
export function valueOf(text: string, form: SettingMeta['form']): unknown {
  switch (form) {
    case 'flag':
      return flags.get(text.trim().toLowerCase()) ?? text;
    case 'number':
      return /^-?[0-9]+(?:\.[0-9]+)?$/.test(text.trim()) ? Number(text) : text;
    case 'json':
      return parsedOr(text);
    default:
      return text;
  }
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
