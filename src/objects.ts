import type { ApiObject } from 'cdk8s';
import type { ConfigMap, ServiceAccount } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { type Access, createAccess } from './access.ts';
import type { CollectorModel } from './collector-model.ts';
import { createSettingsConfigMap, createTokenConfigMap } from './config-maps.ts';
import { createPodMonitor } from './monitoring.ts';
import { createNetworkPolicy } from './network-policy.ts';
import { createServiceAccount } from './service-account.ts';
import { createDisruptionBudget, createWorkloads, type WorkloadHooks } from './workload.ts';

export interface CollectorObjects extends Access {
  readonly serviceAccount: ServiceAccount | undefined;
  readonly tokenConfigMap: ConfigMap | undefined;
  readonly settingsConfigMap: ConfigMap | undefined;
  readonly networkPolicy: ApiObject | undefined;
  readonly disruptionBudget: ApiObject | undefined;
  readonly podMonitor: ApiObject | undefined;
  readonly workloads: readonly ApiObject[];
}

/** All objects, as children of the scope, in the order in which they can be applied: what pods need before the pods. */
export function createObjects(scope: Construct, model: CollectorModel, hooks: WorkloadHooks): CollectorObjects {
  const account = createServiceAccount(scope, model);
  const access = createAccess(scope, model, account.used);
  const tokenConfigMap = createTokenConfigMap(scope, model);
  const settingsConfigMap = createSettingsConfigMap(scope, model);
  const networkPolicy = createNetworkPolicy(scope, model);
  const disruptionBudget = createDisruptionBudget(scope, model);
  const needed = [...scope.node.children];
  const workloads = createWorkloads(model, hooks);
  for (const workload of workloads) workload.node.addDependency(...needed);
  const podMonitor = createPodMonitor(scope, model);
  return {
    serviceAccount: account.made,
    ...access,
    tokenConfigMap,
    settingsConfigMap,
    networkPolicy,
    disruptionBudget,
    podMonitor,
    workloads,
  };
}
