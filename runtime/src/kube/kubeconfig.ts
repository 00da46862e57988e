/**
 * A connection from a kubeconfig: tokens, client certificates, exec plugins, as its library knows them. That costs tens of megabytes, so this module
 * is imported only where one is used.
 *
 * Not promised: proxies (`proxy-url`), which are refused.
 */
import { KubeConfig } from '@kubernetes/client-node';
import type { Connection, Credentials } from './connection.ts';

/** Throws where the file is unreadable, names no cluster, or asks for a proxy. */
export function kubeconfigConnection(path: string): Connection {
  const first = load(path);
  const { server } = clusterOf(first);
  let known: KubeConfig | undefined = first;
  return {
    ...addressOf(server),
    namespace: first.getContextObject(first.getCurrentContext())?.namespace,
    origin: `kubeconfig ${path}`,
    async credentials() {
      known ??= load(path);
      return credentialsOf(known);
    },
    forget() {
      known = undefined;
    },
  };
}

function load(path: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(path);
  // The library refuses http:// unless TLS is not verified, which says nothing where there is no TLS.
  const plainHttp = (server: string) => server.startsWith('http:');
  config.clusters = config.clusters.map((cluster) =>
    plainHttp(cluster.server) ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  return config;
}

function clusterOf(config: KubeConfig): { readonly server: string } {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('its current context names no cluster');
  if (cluster.proxyUrl) throw new Error('proxy-url is not supported');
  return cluster;
}

function addressOf(text: string): Pick<Connection, 'protocol' | 'host' | 'port' | 'basePath'> {
  const server = new URL(text);
  const protocol = server.protocol === 'http:' ? 'http:' : 'https:';
  return {
    protocol,
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: Number(server.port) || (protocol === 'http:' ? 80 : 443),
    basePath: server.pathname.replace(/\/+$/, ''),
  };
}

/** What the library sets of the options of a request; its own type for them is not to be had without its WebSocket library. */
interface AppliedOptions {
  readonly headers: Record<string, string>;
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  readonly auth?: string;
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: AppliedOptions = { headers: {} };
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, servername, rejectUnauthorized, headers, auth } = options;
  return {
    ...(ca === undefined ? {} : { ca: String(ca) }),
    ...(cert === undefined ? {} : { cert: String(cert) }),
    ...(key === undefined ? {} : { key: String(key) }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    headers: auth ? { ...headers, Authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : headers,
  };
}
