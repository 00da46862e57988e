import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { CollectorModel } from './collector-model.ts';
import { metadata, selectorLabels } from './labels.ts';
import { childWhen } from './symbolic/child.ts';
import { given, orOmit, when } from './symbolic/combine.ts';

/** A plain object: the imported class would drop patches of fields that it does not know. */
export function createPodMonitor(scope: Construct, model: CollectorModel): ApiObject | undefined {
  const { enabled, labels, interval, scrapeTimeout, relabelings, metricRelabelings } = model.podMonitor;
  const { name, namespace } = model;
  return childWhen(
    enabled,
    () =>
      new ApiObject(scope, 'PodMonitor', {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: metadata(model, { name, namespace, labels }),
        spec: {
          selector: { matchLabels: selectorLabels(model) },
          podMetricsEndpoints: [
            {
              port: 'health',
              path: '/metrics',
              interval: when(given(interval), interval),
              scrapeTimeout: when(given(scrapeTimeout), scrapeTimeout),
              relabelings: orOmit(relabelings),
              metricRelabelings: orOmit(metricRelabelings),
            },
          ],
        },
      }),
  );
}
