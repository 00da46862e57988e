import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { CollectorModel } from './collector-model.ts';
import { metadata, selectorLabels } from './labels.ts';
import { childWhen } from './symbolic/child.ts';
import type { Entries } from './entries.ts';
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

/** To DNS, to the API server, and to sinks. */
export function portsOut({ networkPolicy, sinks }: CollectorModel): readonly Entries[] {
  return [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
    ...each(tcpPorts(networkPolicy.apiServerPorts, sinks), 'out', (field) => ({
      port: field('port', 'integer'),
      protocol: 'TCP',
    })),
  ];
}

/** Of the API server and of all `http` sinks, each once, in order. */
function tcpPorts(
  apiServerPorts: Val<readonly number[]>,
  sinks: Val<readonly Entries[]>,
): Val<readonly { readonly port: number }[]> {
  if (isExpression(apiServerPorts) || isExpression(sinks))
    return new Expression('include "eventbaton.portsOut" . | fromJsonArray', 'list');
  const ports = [...apiServerPorts, ...sinks.flatMap(({ type, url }) => (type === 'http' ? portOf(String(url)) : []))];
  return [...new Set(ports)].sort((a, b) => a - b).map((port) => ({ port }));
}

/** As a template can find it, too. */
function portOf(url: string): number {
  const [, scheme, port] = /^(https?):\/\/[^/?#]*?(?::([0-9]+))?(?:[/?#]|$)/i.exec(url) ?? [];
  if (port !== undefined) return Number(port);
  return scheme?.toLowerCase() === 'http' ? 80 : 443;
}
