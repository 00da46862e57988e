/** What is wrong with the secrets that sinks name: the collectors get no more than files, and cannot tell. */
import type { CollectorSettings } from './collector-settings.ts';
import { objectName, shown, unless } from './problems.ts';
import { secretRefs } from './secret-refs.ts';
import type { Entries } from './entries.ts';

const keyName = /^(?!\.$|\.\.)[-._a-zA-Z0-9]{1,253}$/;

export function sinkProblems(sinks: CollectorSettings['sinks'] = []): readonly string[] {
  const refs = secretRefs(sinks as unknown as readonly Entries[]) as readonly { name: string; key: string }[];
  return [
    ...refs.flatMap(({ name, key }) => [
      ...unless(objectName.test(name), `settings.sinks: secretRef: ${shown(name)} must be the name of a Secret`),
      ...unless(
        keyName.test(key),
        `settings.sinks: secretRef: ${shown(key)} must be a key of the Secret ${shown(name)}`,
      ),
    ]),
    ...unless(!saysBoth(sinks), 'settings.sinks: give one of secretRef and file, not both'),
  ];
}

function saysBoth(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('secretRef' in value && 'file' in value && value.file !== undefined) return true;
  return Object.values(value).some(saysBoth);
}
