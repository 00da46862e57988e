/** Settings of a process: environment over file over default. The file is read once, at the start. */
import type { GivenSetting, SettingsSource } from '../contract/given-settings.ts';
import { type Environment, readSettings, type SettingsResult } from '../contract/read-settings.ts';
import { settingMeta } from '../contract/settings.ts';
import { fileSource } from './file-source.ts';
import { type FileText, readTextFile } from './read-file.ts';
import { plainValue, type YamlNode, type YamlProblem } from './yaml-node.ts';

/** Of these the first that is there is read, and no other. */
export const usualSettingsFiles: readonly string[] = [
  '/etc/eventbaton/eventbaton.yaml',
  '/etc/datadog-agent/datadog.yaml',
];

export type LoadedSettings = SettingsResult & {
  /** The settings file that counts; undefined where there is none. */
  readonly file: string | undefined;
};

export async function loadSettings(environment: Environment, usualFiles: readonly string[]): Promise<LoadedSettings> {
  const named = environment[settingMeta('configFile').env] ?? '';
  const found = await findFile(named === '' ? usualFiles : [named]);
  const variables = await withoutYaml(environment);
  const below = [...variables.below];
  if (found !== undefined) below.push(await sourceOf(found));
  else if (named !== '') below.push(onlyProblems([`${settingMeta('configFile').env}: ${named} is not there`]));
  return { ...readSettings(variables.environment, below), file: found?.path };
}

type Found = Exclude<FileText, { readonly missing: true }> & { readonly path: string };

async function findFile(paths: readonly string[]): Promise<Found | undefined> {
  for (const path of paths) {
    const file = await readTextFile(path);
    if (!('missing' in file)) return { ...file, path };
  }
  return undefined;
}

async function sourceOf(found: Found): Promise<SettingsSource> {
  const { path } = found;
  if ('problem' in found) return onlyProblems([`${path}: ${found.problem}`]);
  const result = await parse(found.text);
  return 'problems' in result
    ? onlyProblems(result.problems.map(({ line, text }) => `${path}:${line}: ${text}`))
    : fileSource(path, result.root);
}

interface Variables {
  /** What is left to read as it is. */
  readonly environment: Environment;
  readonly below: readonly SettingsSource[];
}

/** The list of sinks may be written as YAML, of which JSON is a part; the library is spared where it is JSON. */
async function withoutYaml(environment: Environment): Promise<Variables> {
  const variable = settingMeta('sinks').env;
  const text = environment[variable] ?? '';
  if (text === '' || isJson(text)) return { environment, below: [] };
  const rest = { ...environment, [variable]: undefined };
  const result = await parse(text);
  if ('problems' in result) {
    const problems = result.problems.map((problem) => `${variable}: line ${problem.line}: ${problem.text}`);
    return { environment: rest, below: [onlyProblems(problems)] };
  }
  if (result.root === undefined) return { environment: rest, below: [] };
  const given: GivenSetting = {
    value: plainValue(result.root),
    place: (path = []) => [variable, ...path.map(String)].join('.'),
  };
  return { environment: rest, below: [{ given: new Map([['sinks', given]]), problems: [], warnings: [] }] };
}

type Parsed = { readonly root: YamlNode | undefined } | { readonly problems: readonly YamlProblem[] };

async function parse(text: string): Promise<Parsed> {
  if (text.trim() === '') return { root: undefined };
  const { readYaml } = await import('./read-yaml.ts');
  return readYaml(text);
}

function onlyProblems(problems: readonly string[]): SettingsSource {
  return { given: new Map(), problems, warnings: [] };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
