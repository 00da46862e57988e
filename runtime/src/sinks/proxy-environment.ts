/** The proxy variables of the environment, as curl and most other programs read them. */
import { BlockList, isIP } from 'node:net';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that says the proxy for this URL. In small letters it counts before capitals, an empty one says that there is none. */
export function proxyVariable(
  { protocol, hostname, port }: URL,
  environment: Environment,
): { readonly name: string; readonly text: string } | undefined {
  const name = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const found = variableOf(name, environment);
  if (found === undefined || found.text === '') return undefined;
  const host = hostname.replace(/^\[|\]$/g, '');
  const exceptions = variableOf('no_proxy', environment)?.text ?? '';
  const isDirect = exceptions
    .split(/[\s,]+/)
    .some((exception) => isMeant(exception.toLowerCase(), host, port || (protocol === 'https:' ? '443' : '80')));
  return isDirect ? undefined : found;
}

function variableOf(
  name: string,
  environment: Environment,
): { readonly name: string; readonly text: string } | undefined {
  const used = [name, name.toUpperCase()].find((variable) => environment[variable] !== undefined);
  return used === undefined ? undefined : { name: used, text: (environment[used] ?? '').trim() };
}

/** An exception is `*`, a domain with all below it, an address, or a range of addresses; each may name a port. */
function isMeant(exception: string, host: string, port: string): boolean {
  if (exception === '*') return true;
  const [, name = exception, only = port] =
    /^\[([^\]]+)\](?::([0-9]+))?$/.exec(exception) ?? /^([^:]+):([0-9]+)$/.exec(exception) ?? [];
  if (only !== port) return false;
  if (isIP(host) > 0) return isAddressIn(name, host);
  const domain = withoutLastDot(name.replace(/^\*?\./, ''));
  return domain !== '' && `.${withoutLastDot(host)}`.endsWith(`.${domain}`);
}

function withoutLastDot(name: string): string {
  return name.replace(/\.$/, '');
}

function isAddressIn(range: string, host: string): boolean {
  const [address = '', length] = range.split('/');
  const [family, familyOfHost] = [isIP(address), isIP(host)];
  if (family === 0 || family !== familyOfHost) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const bits = length === undefined ? (family === 6 ? 128 : 32) : /^[0-9]{1,3}$/.test(length) ? Number(length) : -1;
  if (bits < 0 || bits > (family === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(address, bits, type);
  return list.check(host, type);
}
