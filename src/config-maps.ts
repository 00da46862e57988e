import { ConfigMap } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { CollectorModel } from './collector-model.ts';
import { metadata } from './labels.ts';
import { childWhen } from './symbolic/child.ts';
import { and, given, keyed, not, text } from './symbolic/combine.ts';
import type { Val } from './symbolic/expression.ts';
import { patchable } from './wire.ts';

/** Without its data keys: GitOps tools and Helm put back what they bring, and so would set the token back. */
export function createTokenConfigMap(scope: Construct, model: CollectorModel): ConfigMap | undefined {
  const { create, name, labels, annotations } = model.tokenConfigMap;
  const described = metadata(model, { name, namespace: model.kept.namespace, labels, annotations });
  return childWhen(create, () => patchable(new ConfigMap(scope, 'TokenConfigMap', { metadata: described })));
}

export function createSettingsConfigMap(scope: Construct, model: CollectorModel): ConfigMap | undefined {
  const { content, configMapName, key } = model.settingsFile;
  const described = metadata(model, { name: settingsConfigMapName(model), namespace: model.namespace });
  return childWhen(and(given(content), not(given(configMapName))), () =>
    patchable(
      new ConfigMap(scope, 'SettingsConfigMap', {
        metadata: described,
        data: keyed(key, content) as { [name: string]: string },
      }),
    ),
  );
}

export function settingsConfigMapName({ name }: CollectorModel): Val<string> {
  return text`${name}-settings`;
}
