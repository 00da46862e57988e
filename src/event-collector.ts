/**
 * EventCollector: everything that one set of collectors needs in a cluster. Names and selectors come from its props alone, never from where it
 * stands in the construct tree, so that moving it in an app changes nothing in the cluster.
 *
 * Not made here: the namespace, and the lock, which the collectors create themselves.
 */
import { ApiObject, JsonPatch } from 'cdk8s';
import { ClusterRole, ClusterRoleBinding, ConfigMap, Role, RoleBinding, ServiceAccount } from 'cdk8s-plus-27';
import { Construct } from 'constructs';
import { clusterRules, namespaceRules } from './access.ts';
import { collectorFacts } from './collector-facts.ts';
import type { EventCollectorProps } from './collector-props.ts';
import { daemonSetManifest } from './daemon-set.ts';
import { objectLabels } from './labels.ts';

export class EventCollector extends Construct {
  readonly serviceAccount: ServiceAccount;
  readonly clusterRole: ClusterRole;
  readonly clusterRoleBinding: ClusterRoleBinding;
  /** Lock and token. */
  readonly role: Role;
  readonly roleBinding: RoleBinding;
  /** The Events of one namespace; undefined where all are watched. */
  readonly watchedRole: Role | undefined;
  readonly watchedRoleBinding: RoleBinding | undefined;
  readonly tokenConfigMap: ConfigMap | undefined;
  readonly daemonSet: ApiObject;

  constructor(scope: Construct, id: string, props: EventCollectorProps = {}) {
    super(scope, id);
    const facts = collectorFacts(props);
    const { name, namespace, keepNamespace, watchNamespace, rules, settings } = facts;
    const labels = objectLabels(name);
    const own = { metadata: { name, namespace, labels } };
    const kept = { metadata: { name: nameIn(keepNamespace, facts), namespace: keepNamespace, labels } };
    const clusterWide = { metadata: { name: `${namespace}-${name}`, labels } };

    this.serviceAccount = new ServiceAccount(this, 'ServiceAccount', { ...own, automountToken: false });
    this.clusterRole = new ClusterRole(this, 'ClusterRole', {
      ...clusterWide,
      rules: clusterRules(rules, watchNamespace),
    });
    this.clusterRoleBinding = new ClusterRoleBinding(this, 'ClusterRoleBinding', {
      ...clusterWide,
      role: this.clusterRole,
    });
    for (const object of [this.clusterRole, this.clusterRoleBinding]) removeNamespace(ApiObject.of(object));
    this.role = new Role(this, 'Role', { ...kept, rules: namespaceRules(rules, 'namespace') });
    this.roleBinding = new RoleBinding(this, 'RoleBinding', { ...kept, role: this.role });
    if (watchNamespace !== undefined) {
      const there = { metadata: { name: `${namespace}-${name}-events`, namespace: watchNamespace, labels } };
      this.watchedRole = new Role(this, 'WatchedRole', { ...there, rules: namespaceRules(rules, 'watched') });
      this.watchedRoleBinding = new RoleBinding(this, 'WatchedRoleBinding', { ...there, role: this.watchedRole });
    }
    for (const binding of [this.clusterRoleBinding, this.roleBinding, this.watchedRoleBinding]) {
      binding?.addSubjects(this.serviceAccount);
    }
    if (facts.createTokenConfigMap) {
      // Without its data keys: GitOps tools and Helm put back what they bring, and so would set the token back.
      const metadata = { name: settings.tokenName, namespace: keepNamespace, labels };
      this.tokenConfigMap = new ConfigMap(this, 'TokenConfigMap', { metadata });
    }
    this.daemonSet = new ApiObject(this, 'DaemonSet', daemonSetManifest(facts));
    this.daemonSet.node.addDependency(...this.node.children.filter((child) => child !== this.daemonSet));
  }
}

/** In a namespace that is not the collectors' own, another set of collectors may keep its lock and token too. */
function nameIn(where: string, { name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return where === namespace ? name : `${namespace}-${name}`;
}

/** A chart puts its namespace on every object that names none, those that can have none included. */
function removeNamespace(object: ApiObject): void {
  if (object.metadata.namespace !== undefined) object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
}
