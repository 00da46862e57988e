import { stringify } from 'yaml';
import { productVersion } from '../../runtime/src/contract/names.ts';
import { chartName, chartVersion } from './release.ts';

/** Chart.yaml, with what Artifact Hub shows. The version of the chart is the product's: both come from one tree. */
export function chartYaml(): string {
  const chart = {
    apiVersion: 'v2',
    name: chartName,
    description:
      'Carries Kubernetes Events out of the cluster, completely and once: elected collectors, one delivery-confirmed resume token.',
    type: 'application',
    version: chartVersion,
    appVersion: productVersion,
    // Leases and policy/v1; `-0` lets the versions of vendors in.
    kubeVersion: '>=1.25.0-0',
    keywords: ['events', 'observability', 'logging', 'datadog', 'leader-election'],
    annotations: {
      'artifacthub.io/category': 'monitoring-logging',
      'artifacthub.io/license': 'Apache-2.0',
      'artifacthub.io/operator': 'false',
      'artifacthub.io/prerelease': 'true',
      'artifacthub.io/changes': '- kind: added\n  description: First version of the chart.\n',
    },
  };
  return stringify(chart, { lineWidth: 0 });
}
