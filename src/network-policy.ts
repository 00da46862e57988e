import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { CollectorModel } from './collector-model.ts';
import { metadata, selectorLabels } from './labels.ts';
import { childWhen } from './symbolic/child.ts';
import type { Entries } from './entries.ts';
import { portsOfProxies, portsOfSink } from './sink-ports.ts';
import { each, items, orOmit } from './symbolic/combine.ts';
import { Expression, isExpression, type Val } from './symbolic/expression.ts';

/** By ports, not by addresses: those of API server and sinks are not known when manifests are made. */
export function createNetworkPolicy(scope: Construct, model: CollectorModel): ApiObject | undefined {
  const { enabled, ingressFrom, egress } = model.networkPolicy;
  const { name, namespace } = model;
  return childWhen(
    enabled,
    () =>
      new ApiObject(scope, 'NetworkPolicy', {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: metadata(model, { name, namespace }),
        spec: {
          podSelector: { matchLabels: selectorLabels(model) },
          policyTypes: ['Ingress', 'Egress'],
          ingress: [{ ports: [{ port: 'health', protocol: 'TCP' }], from: orOmit(ingressFrom) }],
          egress: [{ ports: portsOut(model) }, ...items(egress)],
        },
      }),
  );
}

/** To DNS, to the API server, and to sinks or the proxies before them. */
export function portsOut(model: CollectorModel): readonly Entries[] {
  return [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
    ...each(tcpPorts(model), 'out', (field) => ({ port: field('port', 'integer'), protocol: 'TCP' })),
  ];
}

/** Of the API server, of all `http` sinks and of proxies, each once, in order. */
function tcpPorts({ networkPolicy, sinks, pod }: CollectorModel): Val<readonly { readonly port: number }[]> {
  const { apiServerPorts } = networkPolicy;
  const { extraEnv } = pod;
  if (isExpression(apiServerPorts) || isExpression(sinks) || isExpression(extraEnv))
    return new Expression('include "eventbaton.portsOut" . | fromJsonArray', 'list');
  const ports = [...apiServerPorts, ...sinks.flatMap(portsOfSink), ...portsOfProxies(sinks, extraEnv)];
  return [...new Set(ports)].sort((a, b) => a - b).map((port) => ({ port }));
}
