/** What containers read as files: each volume with the place where they see it. */
import type { CollectorModel } from './collector-model.ts';
import { settingsConfigMapName } from './config-maps.ts';
import type { Entries } from './entries.ts';
import { keyFolders, type MountedKey, mountedKeys } from './mounted-keys.ts';
import { hasSettingsFile, settingsFolder } from './settings-wiring.ts';
import { each, given, itemsWhen, orElse, text } from './symbolic/combine.ts';
import type { Val } from './symbolic/expression.ts';

/** One item of each list, or none. */
export interface MountedVolume {
  readonly volumes: readonly Entries[];
  readonly volumeMounts: readonly Entries[];
}

/** 0440: for the pod's group, and nobody else. */
const defaultMode = 0o440;

/** What the kubelet would mount by itself, chosen: a short-lived token, the CA, the namespace. */
export function apiAccessVolume({ serviceAccountDir }: CollectorModel): MountedVolume {
  const sources = [
    { serviceAccountToken: { path: 'token', expirationSeconds: 3_600 } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
      },
    },
  ];
  return mounted(true, serviceAccountDir, { name: 'api-access', projected: { defaultMode, sources } });
}

export function settingsVolume(model: CollectorModel): MountedVolume {
  const { configMapName, key } = model.settingsFile;
  const name = orElse(configMapName, settingsConfigMapName(model));
  const configMap = { name, defaultMode, items: [{ key, path: key }] };
  return mounted(hasSettingsFile(model.settingsFile), settingsFolder, { name: 'settings', configMap });
}

export function secretsVolume({ sinks }: CollectorModel): MountedVolume {
  const keys = mountedKeys(sinks, 'secretRef');
  const sources = each(keys, 'ref', (field) => ({ secret: fileOf(field) }));
  return mounted(given(keys), keyFolders.secretRef, { name: 'secrets', projected: { defaultMode, sources } });
}

export function configMapsVolume({ sinks }: CollectorModel): MountedVolume {
  const keys = mountedKeys(sinks, 'configMapRef');
  const sources = each(keys, 'ref', (field) => ({ configMap: fileOf(field) }));
  return mounted(given(keys), keyFolders.configMapRef, { name: 'config-maps', projected: { defaultMode, sources } });
}

function fileOf(field: (key: keyof MountedKey) => Val<string>): Entries {
  return {
    name: field('name'),
    items: [{ key: field('key'), path: text`${field('name')}/${field('key')}` }],
  };
}

function mounted(
  condition: Val<boolean>,
  mountPath: Val<string>,
  volume: Entries & { readonly name: string },
): MountedVolume {
  const mount = { name: volume.name, mountPath, readOnly: true };
  return { volumes: itemsWhen(condition, [volume]), volumeMounts: itemsWhen(condition, [mount]) };
}
