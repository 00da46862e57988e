import { type IServiceAccount, ServiceAccount } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import type { CollectorModel } from './collector-model.ts';
import { metadata } from './labels.ts';
import { childWhen } from './symbolic/child.ts';
import { asText } from './symbolic/expression.ts';
import { patchable } from './wire.ts';

export interface ServiceAccounts {
  /** Undefined where one is used that is there already. */
  readonly made: ServiceAccount | undefined;
  /** For bindings. */
  readonly used: IServiceAccount;
}

/** Pods get a token through a volume of their own, never by themselves. */
export function createServiceAccount(scope: Construct, model: CollectorModel): ServiceAccounts {
  const { create, name, labels, annotations } = model.serviceAccount;
  const { namespace } = model;
  const made = childWhen(create, () =>
    patchable(
      new ServiceAccount(scope, 'ServiceAccount', {
        metadata: metadata(model, { name, namespace, labels, annotations }),
        automountToken: false,
      }),
    ),
  );
  const options = { namespaceName: asText(namespace) };
  return { made, used: ServiceAccount.fromServiceAccountName(scope, 'UsedServiceAccount', asText(name), options) };
}
