/**
 * What a settings file gives. In a file of our own every key has to be a setting; of the Agent's file, which is about much else, only the Agent's
 * own settings are read, the way the Agent reads them: capitals do not matter, and a dot in a key is as good as nesting.
 */
import { type GivenSetting, type SettingsSource, valueOf } from '../contract/given-settings.ts';
import { nearest } from '../contract/nearest.ts';
import { type SettingName, settingMeta, settingNames } from '../contract/settings.ts';
import { lineOf, plainValue, type YamlMember, type YamlNode } from './yaml-node.ts';

export type FileKind = 'own' | 'agent';

/** Whose settings a file holds is told by its name, wherever it lies. */
export function fileKindOf(path: string): FileKind {
  return path.endsWith('/datadog.yaml') || path === 'datadog.yaml' ? 'agent' : 'own';
}

/** @param root undefined for a file that holds nothing */
export function fileSource(path: string, root: YamlNode | undefined): SettingsSource {
  const reading = new FileReading(path, fileKindOf(path));
  if (root?.kind === 'mapping') reading.readMembers([], root.members);
  else if (root !== undefined && !isNothing(root))
    reading.problems.push(
      `${path}:${root.line}: must be a mapping of settings, such as collect_kubernetes_events: true`,
    );
  return reading;
}

interface KnownKey {
  readonly name: SettingName;
  readonly key: string;
  readonly isOwn: boolean;
}

const knownKeys: readonly KnownKey[] = settingNames.flatMap((name) => {
  const { yaml, env } = settingMeta(name);
  return yaml === undefined ? [] : [{ name, key: yaml, isOwn: !env.startsWith('DD_') }];
});

/** The Agent has one of its own, with levels of its own. */
const sharedWithAgent: ReadonlySet<string> = new Set(['log_level']);

class FileReading implements SettingsSource {
  readonly given = new Map<SettingName, GivenSetting>();
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #path: string;
  readonly #kind: FileKind;

  constructor(path: string, kind: FileKind) {
    this.#path = path;
    this.#kind = kind;
  }

  readMembers(above: readonly string[], members: readonly YamlMember[]): void {
    for (const member of members) this.#readMember(above, member);
  }

  #readMember(above: readonly string[], { key: written, line, node }: YamlMember): void {
    const steps = [...above, ...(this.#kind === 'agent' ? written.toLowerCase() : written).split('.')];
    const path = steps.join('.');
    const known = knownKeys.find(({ key }) => key === path);
    if (known !== undefined) this.#take(known, line, node);
    else if (!knownKeys.some(({ key }) => key.startsWith(`${path}.`))) this.#unknown(path, line);
    else if (node.kind === 'mapping') this.readMembers(steps, node.members);
    else if (!isNothing(node)) this.#complain(line, path, 'must be a mapping');
  }

  #take({ name, key, isOwn }: KnownKey, line: number, node: YamlNode): void {
    if (this.#kind === 'agent' && isOwn) return this.#ownInAgentsFile(key, line);
    if (this.given.has(name)) return this.#complain(line, key, 'stands there twice');
    const { form } = settingMeta(name);
    const value = node.kind === 'scalar' && form !== 'json' ? valueOf(node.text, form) : plainValue(node);
    if (isNothing(node)) return;
    const place = (parts: readonly PropertyKey[] = []) =>
      `${this.#path}:${parts.length === 0 ? line : lineOf(node, parts)}: ${[key, ...parts.map(String)].join('.')}`;
    this.given.set(name, { value, place });
  }

  #ownInAgentsFile(key: string, line: number): void {
    if (sharedWithAgent.has(key)) return;
    this.#warn(line, key, `is not read from the Agent's file; set it in a file of our own or in the environment`);
  }

  #unknown(path: string, line: number): void {
    const meant = this.#kind === 'own' ? meantInOwnFile(path) : meantInAgentsFile(path);
    const question = meant === undefined ? '' : `; did you mean ${meant}?`;
    if (this.#kind === 'own') this.#complain(line, path, `there is no such setting${question}`);
    else if (meant !== undefined) this.#warn(line, path, `is passed over${question}`);
  }

  #complain(line: number, key: string, what: string): void {
    this.problems.push(`${this.#path}:${line}: ${shown(key)}: ${what}`);
  }

  #warn(line: number, key: string, what: string): void {
    this.warnings.push(`${this.#path}:${line}: ${shown(key)} ${what}`);
  }
}

/** By a slip of the finger, by the name of the variable, or without the mapping around it. */
function meantInOwnFile(path: string): string | undefined {
  const variable = knownKeys.find(({ name }) => settingMeta(name).env === path.toUpperCase());
  const inner = knownKeys.find(({ key }) => key.endsWith(`.${path}`));
  const found = variable?.key ?? inner?.key;
  return (
    found ??
    nearest(
      path.toLowerCase(),
      knownKeys.map(({ key }) => key),
    )
  );
}

/** Only a slip in the last step counts: the Agent has hundreds of keys, and many of one family look alike as a whole. */
function meantInAgentsFile(path: string): string | undefined {
  const at = path.lastIndexOf('.') + 1;
  const beside = knownKeys.filter(({ key, isOwn }) => !isOwn && key.startsWith(path.slice(0, at)));
  const steps = new Set(beside.map(({ key }) => key.slice(at).split('.')[0] ?? ''));
  const step = nearest(path.slice(at), [...steps]);
  return step === undefined ? undefined : path.slice(0, at) + step;
}

/** Empty text and null are the ways to leave a setting at its default. */
function isNothing(node: YamlNode): boolean {
  return node.kind === 'scalar' && (node.value === null || node.value === '');
}

function shown(key: string): string {
  return key.length > 80 ? `${key.slice(0, 80)}…` : key;
}
