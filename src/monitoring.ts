import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type {
  PodMonitorSpec,
  PodMonitorSpecPodMetricsEndpoints as Endpoint,
} from '../imports/monitoring.coreos.com.ts';
import type { CollectorModel } from './collector-model.ts';
import { metadata, selectorLabels } from './labels.ts';
import { childWhen } from './symbolic/child.ts';
import { given, orOmit, when } from './symbolic/combine.ts';
import { asText } from './symbolic/expression.ts';

/** A plain object: the imported class would drop patches of fields that it does not know. */
export function createPodMonitor(scope: Construct, model: CollectorModel): ApiObject | undefined {
  const { enabled, labels } = model.podMonitor;
  const { name, namespace } = model;
  return childWhen(
    enabled,
    () =>
      new ApiObject(scope, 'PodMonitor', {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: metadata(model, { name, namespace, labels }),
        spec: specOf(model),
      }),
  );
}

function specOf(model: CollectorModel): PodMonitorSpec {
  const { interval, scrapeTimeout, relabelings, metricRelabelings } = model.podMonitor;
  return {
    selector: { matchLabels: selectorLabels(model) as Record<string, string> },
    podMetricsEndpoints: [
      {
        port: 'health',
        path: '/metrics',
        interval: when(given(interval), asText(interval)),
        scrapeTimeout: when(given(scrapeTimeout), asText(scrapeTimeout)),
        relabelings: orOmit(relabelings) as Endpoint['relabelings'],
        metricRelabelings: orOmit(metricRelabelings) as Endpoint['metricRelabelings'],
      },
    ],
  };
}
