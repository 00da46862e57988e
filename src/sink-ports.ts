/** The ports that collectors need for `http` sinks, as templates can find them, too. */
import { noProxy } from '../runtime/src/contract/http-sink-settings.ts';
import type { Entries } from './entries.ts';

interface Variable {
  readonly name: string;
  readonly value?: unknown;
}

/** Of one sink; none where only a secret says it, and for sinks that are not reached over the network. */
export function portsOfSink({ type, port, proxy, url }: Entries): readonly number[] {
  if (type !== 'http') return [];
  if (typeof port === 'number') return [port];
  const next = proxy === undefined || proxy === noProxy ? url : proxy;
  return typeof next === 'string' ? [portOf(next)] : [];
}

/** Of the proxies that the environment names, if a sink goes by it. */
export function portsOfProxies(sinks: readonly Entries[], environment: readonly Variable[]): readonly number[] {
  if (!sinks.some(({ type, proxy }) => type === 'http' && proxy === undefined)) return [];
  return environment
    .filter(({ name }) => proxyVariables.includes(name))
    .map(({ value }) => (typeof value === 'string' ? withScheme(value) : ''))
    .filter((url) => /^http:\/\/./i.test(url))
    .map(portOf);
}

const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];

function withScheme(value: string): string {
  return value.includes('://') ? value : `http://${value}`;
}

function portOf(url: string): number {
  const [, scheme, port] = /^(https?):\/\/[^/?#]*?(?::([0-9]{1,5}))?(?:[/?#]|$)/i.exec(url) ?? [];
  if (port !== undefined) return Number(port);
  return scheme?.toLowerCase() === 'http' ? 80 : 443;
}
