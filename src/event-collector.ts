import { ApiObject, Chart } from 'cdk8s';
import type { ClusterRoleBinding, ConfigMap, RoleBinding, ServiceAccount } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import type { EventCollectorProps } from './collector-props.ts';
import { modelOfProps } from './model-of-props.ts';
import { claimsOfModel, claimsOfObjects, refuseTaken, take } from './neighbours.ts';
import { createObjects } from './objects.ts';
import type { WireObject, Workload } from './pod-props.ts';

/**
 * Everything that one set of collectors needs in a cluster. Names and selectors come from its props alone, never from where it stands in the
 * construct tree, so that moving it in an app changes nothing in the cluster.
 *
 * Not made here: the namespace, and the lock, which the collectors create themselves.
 *
 * Throws at synthesis, with all problems at once, where the API server or the collectors would refuse what the props say. What they hand through as
 * it is, in wire form or as the content of a settings file, is not looked into.
 */
export class EventCollector extends Construct {
  /** Undefined where one is used that is there already, as all that props switch off. */
  readonly serviceAccount: ServiceAccount | undefined;
  readonly clusterRole: ApiObject | undefined;
  readonly clusterRoleBinding: ClusterRoleBinding | undefined;
  /** Lock and token. */
  readonly role: ApiObject | undefined;
  readonly roleBinding: RoleBinding | undefined;
  /** The Events of one namespace; undefined where all are watched. */
  readonly watchedRole: ApiObject | undefined;
  readonly watchedRoleBinding: RoleBinding | undefined;
  readonly tokenConfigMap: ConfigMap | undefined;
  readonly settingsConfigMap: ConfigMap | undefined;
  readonly networkPolicy: ApiObject | undefined;
  readonly disruptionBudget: ApiObject | undefined;
  readonly podMonitor: ApiObject | undefined;
  /** The DaemonSet or Deployment; one for each pool, in their order. */
  readonly workloads: readonly ApiObject[];

  constructor(scope: Construct, id: string, props: EventCollectorProps = {}) {
    super(scope, id);
    const model = modelOfProps({ ...props, namespace: props.namespace ?? Chart.of(this).namespace });
    const own = claimsOfModel(model);
    refuseTaken(this, own);
    const objects = createObjects(this, model, {
      podTemplate: (template, pool) => this.podTemplate(template, pool),
      createWorkload: (childId, manifest) => this.createWorkload(childId, manifest),
    });
    const made = this.node.findAll().filter((child) => ApiObject.isApiObject(child));
    const claims = claimsOfObjects(this, [...new Set([...made, ...objects.workloads])]);
    refuseTaken(this, claims);
    take(this, [...own, ...claims]);
    this.serviceAccount = objects.serviceAccount;
    this.clusterRole = objects.clusterRole;
    this.clusterRoleBinding = objects.clusterRoleBinding;
    this.role = objects.role;
    this.roleBinding = objects.roleBinding;
    this.watchedRole = objects.watchedRole;
    this.watchedRoleBinding = objects.watchedRoleBinding;
    this.tokenConfigMap = objects.tokenConfigMap;
    this.settingsConfigMap = objects.settingsConfigMap;
    this.networkPolicy = objects.networkPolicy;
    this.disruptionBudget = objects.disruptionBudget;
    this.podMonitor = objects.podMonitor;
    this.workloads = objects.workloads;
    const [only, ...others] = this.workloads;
    if (only?.node.scope === this && others.length === 0) this.node.defaultChild = only;
  }

  /**
   * For subclasses: the pod of every workload, in wire form, before its workload is made. Called while the base class is being constructed: fields
   * of the subclass are not there yet.
   *
   * @param pool name of the node pool; undefined where there are none
   */
  protected podTemplate(template: WireObject, _pool?: string): WireObject {
    return template;
  }

  /** For subclasses: makes each DaemonSet or Deployment. Called while the base class is being constructed, as {@link podTemplate}. */
  protected createWorkload(id: string, manifest: Workload): ApiObject {
    return new ApiObject(this, id, manifest);
  }
}
