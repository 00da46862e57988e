import { describe, expect, test } from 'vitest';
import { PodMonitor, type PodMonitorSpec } from '../../imports/monitoring.coreos.com.ts';
import type { EventCollectorProps, HttpSink } from '../../src/index.ts';
import { daemonSet, kindsOf, manifestOf, problemsWith } from './manifests.ts';

const enabled = { podMonitor: { enabled: true } } as const;

describe('the PodMonitor', () => {
  test('is of the group, version and kind of the imported definition', () => {
    const { apiVersion, kind } = manifestOf('PodMonitor', enabled);
    expect({ apiVersion, kind }).toEqual(PodMonitor.GVK);
  });

  test('loses no field in the class of the imported definition, which writes only those that it knows', () => {
    const podMonitor = {
      enabled: true,
      labels: { release: 'prometheus' },
      interval: '30s',
      scrapeTimeout: '10s',
      relabelings: [
        { action: 'drop', sourceLabels: ['pod'], regex: 'x', targetLabel: 'y', replacement: 'z', separator: ';' },
      ],
      metricRelabelings: [{ action: 'keep', sourceLabels: ['__name__'], regex: 'eventbaton_.*', modulus: 3 }],
    };
    const { spec, metadata } = manifestOf('PodMonitor', { podMonitor });
    const known = PodMonitor.manifest({ metadata, spec: spec as PodMonitorSpec });
    expect(JSON.parse(JSON.stringify(known))).toEqual(manifestOf('PodMonitor', { podMonitor }));
  });

  test('scrapes the port and the pods that there are', () => {
    const { spec } = manifestOf('PodMonitor', enabled) as { spec?: unknown };
    expect(spec).toEqual({
      selector: { matchLabels: daemonSet().spec.selector.matchLabels },
      podMetricsEndpoints: [{ port: 'health', path: '/metrics' }],
    });
    const [container] = daemonSet(enabled).spec.template.spec.containers;
    expect(container.ports.map(({ name }) => name)).toContain('health');
  });

  test('is there on request', () => {
    expect(kindsOf({})).not.toContain('PodMonitor');
    expect(kindsOf({ podMonitor: { enabled: false, labels: { a: 'b' } } })).not.toContain('PodMonitor');
  });
});

describe('the NetworkPolicy', () => {
  const policyOf = (props: EventCollectorProps) =>
    manifestOf('NetworkPolicy', { ...props, networkPolicy: { enabled: true, ...props.networkPolicy } }).spec as {
      readonly ingress: readonly unknown[];
      readonly egress: readonly [{ readonly ports: readonly { readonly port: number }[] }, ...unknown[]];
    };
  const portsOf = (props: EventCollectorProps) => policyOf(props).egress[0].ports.map(({ port }) => port);
  const toSinks = (...urls: readonly string[]): EventCollectorProps => ({
    settings: { sinks: urls.map((url, index) => ({ type: 'http', name: `sink-${index}`, url })) },
  });

  test('is there on request, for the pods of all pools', () => {
    expect(kindsOf({})).not.toContain('NetworkPolicy');
    const pools = { pools: [{ name: 'a' }, { name: 'b' }] };
    expect(policyOf(pools)).toMatchObject({
      podSelector: { matchLabels: daemonSet().spec.selector.matchLabels },
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  test('lets in everyone to the health port, or those that are named', () => {
    const ports = [{ port: 'health', protocol: 'TCP' }];
    const from = [{ podSelector: {} }];
    expect(policyOf({}).ingress).toEqual([{ ports }]);
    expect(policyOf({ networkPolicy: { ingressFrom: from } }).ingress).toEqual([{ from, ports }]);
  });

  const http = (options: Partial<HttpSink>): HttpSink => ({
    type: 'http',
    url: 'https://logs.example:8443',
    ...options,
  });
  const place = { secretRef: { name: 'sink', key: 'url' } };

  test.each<readonly [string, Partial<HttpSink>, number]>([
    ['a proxy, not to the sink behind it', { proxy: 'http://proxy.example:3128' }, 3128],
    ['a proxy without a port', { proxy: 'http://proxy.example' }, 80],
    ['the sink where it uses no proxy', { proxy: 'none' }, 8443],
    ['the port of a URL that is a secret', { url: place, port: 9443 }, 9443],
    ['the port of a proxy that is a secret', { proxy: place, port: 3129 }, 3129],
    ['the port that is stated, such as that of pods behind a Service', { port: 4318 }, 4318],
  ])('lets out to %s', (_, options, port) => {
    expect(portsOf({ settings: { sinks: [http(options)] } })).toEqual([
      53,
      53,
      ...[443, 6443, port].sort((a, b) => a - b),
    ]);
  });

  test('lets out to the proxies of the environment where a sink goes by it', () => {
    const extraEnv = [
      { name: 'HTTPS_PROXY', value: 'http://user:1234@proxy.example:3128/' },
      { name: 'http_proxy', value: 'proxy.example:3129' },
      { name: 'NO_PROXY', value: 'logs.example:1' },
    ];
    expect(portsOf({ extraEnv, settings: { sinks: [http({})] } })).toEqual([53, 53, 443, 3128, 3129, 6443, 8443]);
    expect(portsOf({ extraEnv, settings: { sinks: [http({ proxy: 'none' })] } })).toEqual([53, 53, 443, 6443, 8443]);
    expect(portsOf({ extraEnv })).toEqual([53, 53, 443, 6443]);
  });

  test.each(['url', 'proxy'])('is refused where only a secret says the port: %s', (option) => {
    const props = { settings: { sinks: [http({ name: 'hook', [option]: place })] } };
    expect(problemsWith({ ...props, networkPolicy: { enabled: true } })).toEqual([
      `settings.sinks: the ${option} of sink "hook" is a secret: set port, so that the NetworkPolicy can let out to it`,
    ]);
    expect(kindsOf(props)).toContain('DaemonSet');
  });

  test('lets out to DNS and the API server', () => {
    expect(policyOf({}).egress).toEqual([
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
          { port: 443, protocol: 'TCP' },
          { port: 6443, protocol: 'TCP' },
        ],
      },
    ]);
    expect(portsOf({ networkPolicy: { apiServerPorts: [8443] } })).toEqual([53, 53, 8443]);
  });

  test.each([
    ['https://logs.example/in', 443],
    ['http://logs.example', 80],
    ['HTTP://logs.example?x=1', 80],
    ['https://logs.example:8088/in:9', 8088],
    ['http://[2001:db8::1]/in', 80],
    ['http://[2001:db8::1]:9200/in', 9200],
  ])('lets out to the port of the sink %s', (url, port) => {
    expect(portsOf({ ...toSinks(url), networkPolicy: { apiServerPorts: [] } })).toEqual([53, 53, port]);
  });

  test('names each port once, in order, and then what else is asked for', () => {
    const egress = [{ ports: [{ port: 9092, protocol: 'TCP' }] }];
    const props = {
      ...toSinks('https://a.example:9200', 'https://b.example', 'http://c.example'),
      networkPolicy: { egress },
    };
    expect(portsOf(props)).toEqual([53, 53, 80, 443, 6443, 9200]);
    expect(policyOf(props).egress.slice(1)).toEqual(egress);
  });
});
