/** Settings from the environment: all that is wrong with it at once, never a value in a message (it may be a secret). */
import { nearest } from './nearest.ts';
import {
  type SettingMeta,
  type SettingName,
  type Settings,
  settingMeta,
  settingNames,
  settingsSchema,
} from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type SettingsResult =
  | { readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly problems: readonly string[] };

const variables: ReadonlyMap<string, SettingName> = new Map(settingNames.map((name) => [settingMeta(name).env, name]));

/** Empty variables count as unset. Problems and warnings are sentences that name the variable. */
export function readSettings(environment: Environment): SettingsResult {
  const given: Partial<Record<SettingName, unknown>> = {};
  for (const [variable, name] of variables) {
    const text = environment[variable];
    if (text !== undefined && text !== '') given[name] = valueOf(text, settingMeta(name).form);
  }
  const result = settingsSchema.safeParse(given);
  const problems = [
    ...unknownVariables(environment),
    ...(result.error?.issues ?? []).map(({ path, message }) => `${placeOf(path)}: ${message}`),
  ];
  if (!result.success || problems.length > 0) return { problems };
  return { settings: result.data, warnings: warningsAbout(result.data) };
}

const flags: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
]);

/** What is not of the form stays text: the schema then says what it wants. */
function valueOf(text: string, form: SettingMeta['form']): unknown {
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

function placeOf([name, ...rest]: readonly PropertyKey[]): string {
  return [settingMeta(name as SettingName).env, ...rest.map(String)].join('.');
}

function unknownVariables(environment: Environment): readonly string[] {
  return Object.entries(environment)
    .filter(([variable]) => variable.startsWith('EVENTBATON_') && !variables.has(variable))
    .filter(([variable, value]) => value !== undefined && !isServiceLink(variable, value))
    .map(([variable]) => {
      const meant = nearest(variable, [...variables.keys()]);
      return `${variable}: there is no such setting${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    });
}

/** A Service named eventbaton puts its address into every pod of the namespace: no reason to refuse to start. */
function isServiceLink(variable: string, value: string): boolean {
  return (
    /^EVENTBATON_(?:.+_)?(?:SERVICE_(?:HOST|PORT(?:_.+)?)|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_.+)?)$/.test(variable) ||
    (variable.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value))
  );
}

function warningsAbout({ leaderLeaseDuration, collectKubernetesEvents, leaderElection }: Settings): readonly string[] {
  const warnings: string[] = [];
  if (leaderLeaseDuration <= 30) {
    warnings.push(
      `DD_LEADER_LEASE_DURATION is ${leaderLeaseDuration} s: at 30 s and below a slow API server or a busy node costs the leader its lease, and each loss may send events twice`,
    );
  }
  if (!collectKubernetesEvents && !leaderElection) {
    warnings.push('nothing is switched on: set DD_COLLECT_KUBERNETES_EVENTS=true to collect Events');
  }
  return warnings;
}
