import { settingMeta, settingNames, defaultSettings, type SettingName } from '../../runtime/src/contract/settings.ts';

/** docs/settings.md, from the one list of settings. */
export function settingsPage(): string {
  return [
    '# Settings',
    '',
    'Generated from `runtime/src/contract/settings.ts` by `npm run generate`.',
    '',
    "The Agent's settings keep their names; our own begin with `EVENTBATON_`. Empty variables count as unset. Whatever is wrong is told at once, and",
    'the process exits with 78.',
    '',
    '| variable | default | what it does |',
    '|---|---|---|',
    ...settingNames.map(row),
    '',
  ].join('\n');
}

function row(name: SettingName): string {
  const { env, description, unit } = settingMeta(name);
  return `| \`${env}\` | ${defaultText(name, unit)} | ${description} |`;
}

function defaultText(name: SettingName, unit: string | undefined): string {
  const value = defaultSettings[name];
  if (value === '') return '';
  if (name === 'sinks') return '`[{"type":"stdout"}]`';
  return `\`${String(value)}\`${unit === undefined ? '' : ` ${unit}`}`;
}
