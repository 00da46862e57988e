import { type GivenSetting, type SettingsSource, valueOf } from './given-settings.ts';
import { nearest } from './nearest.ts';
import { type SettingName, settingMeta, settingNames } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const variables: ReadonlyMap<string, SettingName> = new Map(settingNames.map((name) => [settingMeta(name).env, name]));

/** Empty variables count as unset. The Agent's own variables are passed over, unknown ones of ours are problems. */
export function environmentSource(environment: Environment): SettingsSource {
  const given = new Map<SettingName, GivenSetting>();
  for (const [variable, name] of variables) {
    const text = environment[variable];
    if (text === undefined || text === '') continue;
    given.set(name, {
      value: valueOf(text, settingMeta(name).form),
      place: (path = []) => [variable, ...path.map(String)].join('.'),
    });
  }
  return { given, problems: unknownVariables(environment), warnings: [] };
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
