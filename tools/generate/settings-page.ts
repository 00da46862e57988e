import { defaultSettings, type SettingName, settingMeta, settingNames } from '../../runtime/src/contract/settings.ts';
import { usualSettingsFiles } from '../../runtime/src/settings/load-settings.ts';
import { largestFileBytes } from '../../runtime/src/contract/given-settings.ts';

/** docs/settings.md, from the one list of settings. */
export function settingsPage(): string {
  return [
    '# Settings',
    '',
    'Generated from `runtime/src/contract/settings.ts` by `npm run generate`.',
    '',
    "The Agent's settings keep their names; our own begin with `EVENTBATON_`. Whatever is wrong, in environment and file, is told at once, and the",
    'process exits with 78. What is allowed but hardly meant is a warning in the log.',
    '',
    '| variable | key in a file | default | what it does |',
    '|---|---|---|---|',
    ...settingNames.map(row),
    '',
    ...filesAndPrecedence(),
  ].join('\n');
}

function row(name: SettingName): string {
  const { env, yaml, description, unit } = settingMeta(name);
  const key = yaml === undefined ? '' : `\`${yaml}\``;
  return `| \`${env}\` | ${key} | ${defaultText(name, unit)} | ${description} |`;
}

function defaultText(name: SettingName, unit: string | undefined): string {
  const value = defaultSettings[name];
  if (value === '') return '';
  if (name === 'sinks') return '`[{"type":"stdout"}]`';
  if (typeof value === 'object') return '';
  return `\`${value}\`${unit === undefined ? '' : ` ${unit}`}`;
}

function filesAndPrecedence(): readonly string[] {
  const [own = '', agents = ''] = usualSettingsFiles;
  return [
    '## Files and precedence',
    '',
    'The environment counts before the file, the file before the default. Empty variables, and keys without a value, count as unset. One file is',
    `read, once, at the start: the one that \`EVENTBATON_CONFIG\` names, which then must be there; else \`${own}\`; else`,
    `\`${agents}\`. It is YAML in UTF-8 of at most ${largestFileBytes / 1_024} KiB. Keys with a dot are nested, or written with the dot:`,
    '',
    '```yaml',
    'collect_kubernetes_events: true',
    'leader_lease_duration: 60',
    'cluster_agent:',
    '  token_name: datadogtoken',
    'sinks:',
    '  - type: file',
    '    path: /events/events.jsonl',
    '```',
    '',
    "In a file of our own every key has to be a setting. A file that is named `datadog.yaml`, wherever it lies, is taken for the Agent's: of it the",
    'settings whose variables begin with `DD_` are read, the way the Agent reads them (`yes` and `on` are true, capitals in keys do not matter), and',
    'everything else is passed over; a key that is nearly one of them is a warning. Our own settings are not read from it; they go into the',
    'environment. Refused in either are keys that stand there twice, a second document, and aliases that multiply what was written.',
    '',
    '`EVENTBATON_SINKS` holds the same list as `sinks`, as YAML or JSON. With JSON and without a file, the YAML library is never loaded.',
    '',
    'Where what a setting means differs from the Agent, it is the Agent that takes wrong values in silence: a lease that is no number, or not above',
    '0, is an error here, and collecting Events implies leader election whatever `leader_election` says.',
    '',
  ];
}
