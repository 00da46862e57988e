/** The rights of the collectors, exactly those of the contract, for one service account. */
import { ApiObject } from 'cdk8s';
import { ClusterRole, ClusterRoleBinding, type IServiceAccount, Role, RoleBinding } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import {
  type AccessRule,
  clusterRules,
  eventRules,
  lockRules,
  tokenCreationRule,
  tokenRules,
} from '../runtime/src/contract/access.ts';
import { lockResourceOf } from '../runtime/src/contract/lock-resource.ts';
import { type CollectorModel, lockKinds } from './collector-model.ts';
import { metadata } from './labels.ts';
import { childWhen } from './symbolic/child.ts';
import { and, equal, given, itemsByCase, itemsWhen, not, text } from './symbolic/combine.ts';
import { asText, type Val } from './symbolic/expression.ts';
import { clusterScoped, patchable, withoutEmptyApiGroup } from './wire.ts';

export interface Access {
  readonly clusterRole: ApiObject | undefined;
  readonly clusterRoleBinding: ClusterRoleBinding | undefined;
  /** Lock and token. */
  readonly role: ApiObject | undefined;
  readonly roleBinding: RoleBinding | undefined;
  /** The Events of one namespace; undefined where all are watched. */
  readonly watchedRole: ApiObject | undefined;
  readonly watchedRoleBinding: RoleBinding | undefined;
}

/** Roles are plain objects: cdk8s-plus writes a list of rules only as it knows it, without what decides at installation. */
export function createAccess(scope: Construct, model: CollectorModel, account: IServiceAccount): Access {
  return {
    ...createClusterAccess(scope, model, account),
    ...createKeptAccess(scope, model, account),
    ...createWatchedAccess(scope, model, account),
  };
}

function createClusterAccess(scope: Construct, model: CollectorModel, account: IServiceAccount) {
  // A namespace has no dot: two pairs never make one name.
  const name = text`${model.namespace}.${model.name}`;
  const rules = [
    ...itemsWhen(not(given(model.watchNamespace)), eventRules.map(asRendered)),
    ...clusterRules.map(asRendered),
  ];
  const described = metadata(model, { name });
  const condition = and(model.createRoles, model.clusterScope);
  const clusterRole = childWhen(condition, () =>
    clusterScoped(new ApiObject(scope, 'ClusterRole', { ...kindOf('ClusterRole'), metadata: described, rules })),
  );
  const clusterRoleBinding = childWhen(condition, () => {
    const role = ClusterRole.fromClusterRoleName(scope, 'BoundClusterRole', asText(name));
    const binding = new ClusterRoleBinding(scope, 'ClusterRoleBinding', { metadata: described, role });
    binding.addSubjects(account);
    return clusterScoped(withoutEmptyApiGroup(patchable(binding)));
  });
  return { clusterRole, clusterRoleBinding };
}

function createKeptAccess(scope: Construct, model: CollectorModel, account: IServiceAccount) {
  const { namespace, roleName: name } = model.kept;
  const rules = keptRules(model);
  const made = createRole(scope, '', model, { name, namespace, condition: model.createRoles, rules, account });
  return { role: made.role, roleBinding: made.binding };
}

function createWatchedAccess(scope: Construct, model: CollectorModel, account: IServiceAccount) {
  const { watchNamespace: namespace } = model;
  const made = createRole(scope, 'Watched', model, {
    name: text`${model.namespace}.${model.name}.events`,
    namespace,
    condition: and(model.createRoles, given(namespace)),
    rules: eventRules.map(asRendered),
    account,
  });
  return { watchedRole: made.role, watchedRoleBinding: made.binding };
}

function keptRules({ lock, tokenConfigMap }: CollectorModel) {
  const creation = and(not(tokenConfigMap.create), not(equal(lock.kind, 'configmap')));
  return [
    ...itemsByCase(lock.kind, lockKinds, (kind) => lockRules(lockResourceOf(kind), asText(lock.name)).map(asRendered)),
    ...tokenRules(asText(tokenConfigMap.name)).map(asRendered),
    ...itemsWhen(creation, [asRendered(tokenCreationRule)]),
  ];
}

interface RoleOptions {
  readonly name: Val<string>;
  readonly namespace: Val<string>;
  readonly condition: Val<boolean>;
  readonly rules: readonly object[];
  readonly account: IServiceAccount;
}

function createRole(scope: Construct, prefix: string, model: CollectorModel, options: RoleOptions) {
  const { name, namespace, condition, rules, account } = options;
  const described = metadata(model, { name, namespace });
  const role = childWhen(
    condition,
    () => new ApiObject(scope, `${prefix}Role`, { ...kindOf('Role'), metadata: described, rules }),
  );
  const binding = childWhen(condition, () => {
    const bound = Role.fromRoleName(scope, `Bound${prefix}Role`, asText(name));
    const made = new RoleBinding(scope, `${prefix}RoleBinding`, { metadata: described, role: bound });
    made.addSubjects(account);
    return withoutEmptyApiGroup(patchable(made));
  });
  return { role, binding };
}

function kindOf(kind: string) {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind };
}

/** As the API takes it. */
export function asRendered({ apiGroup, resource, resourceName, verbs }: AccessRule) {
  const names = resourceName === undefined ? {} : { resourceNames: [resourceName] };
  return { apiGroups: [apiGroup], resources: [resource], ...names, verbs: [...verbs] };
}
