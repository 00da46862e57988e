/** One file for each object, under names that never change: what a commit of dist/ shows is what changes in the cluster. */
import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { EventCollector } from 'eventbaton';

const namespace = 'eventbaton';

const app = new App({ yamlOutputType: YamlOutputType.FILE_PER_RESOURCE });
const chart = new Chart(app, 'events', { disableResourceNameHashes: true });

new ApiObject(chart, 'Namespace', {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: namespace,
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    // Lock and token are in it: they would go with it.
    annotations: {
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    },
  },
});

new EventCollector(chart, 'collector', { namespace, settings: { clusterName: 'prod-1' } });

app.synth();
