import { JsonPatch } from 'cdk8s';
import type { Construct } from 'constructs';
import { EventCollector, type HttpSink, type NodePool, type WireObject } from 'eventbaton';

export interface PlatformCollectorProps {
  /** Name of the cluster in each record. */
  readonly cluster: string;
}

const ingest: HttpSink = {
  type: 'http',
  name: 'ingest',
  url: 'https://events.platform.example/v1/ingest',
  headers: {
    Authorization: { secretRef: { name: 'events-ingest', key: 'token' }, prefix: 'Bearer ' },
    'X-Team': 'platform',
  },
  format: 'ndjson',
  gzip: true,
};

/** No node is in both: only the second tolerates the taint, and it selects nobody else. */
const pools: readonly NodePool[] = [
  { name: 'arm64', nodeSelector: { 'kubernetes.io/arch': 'arm64' } },
  {
    name: 'control-plane',
    nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
    tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
  },
];

/** Two DaemonSets, of which one pod leads at a time: lock, token and rights are one set. */
export class PlatformCollector extends EventCollector {
  constructor(scope: Construct, id: string, { cluster }: PlatformCollectorProps) {
    super(scope, id, {
      namespace: 'events',
      settings: { clusterName: cluster, sinks: [ingest] },
      pools,
      labels: { team: 'platform' },
    });
    // There is no prop for it. A pod must have been ready for ten seconds before the next one is replaced.
    for (const workload of this.workloads) workload.addJsonPatch(JsonPatch.add('/spec/minReadySeconds', 10));
  }

  /** The sink's name is complete: without this, each look-up tries the cluster's own domains first. */
  protected override podTemplate(template: WireObject): WireObject {
    const spec = template['spec'] as WireObject;
    return { ...template, spec: { ...spec, dnsConfig: { options: [{ name: 'ndots', value: '1' }] } } };
  }
}
