/** A server that is far away, and names that have several addresses. */
import { spawn } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import { until } from '../../tools/trial/until.ts';

/** Answers every request with an empty list of Events, which is a success for a sink as well. */
const program = `
const list = JSON.stringify({ metadata: { resourceVersion: '7' }, items: [] });
const answer = (request, response) => request.resume().on('end', () => response.end(list));
const server = require('node:http').createServer(answer);
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
`;

export interface FarServer {
  readonly port: number;
  /** From now on connections are taken. */
  comeCloser(): void;
}

/** On 127.0.0.1. Its system drops the packets of new connections, as if they took long, until it comes closer. Ends with the test. */
export async function startFarServer(): Promise<FarServer> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  child.kill('SIGSTOP');
  const waiting = await fillBacklog(port);
  return {
    port,
    comeCloser() {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGCONT');
    },
  };
}

/** One connection after the other, until one is not taken any more. */
async function fillBacklog(port: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  await until('a full backlog', async () => {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => undefined);
    sockets.push(socket);
    const taken = await Promise.race([
      once(socket, 'connect').then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, 200, false)),
    ]);
    return taken ? undefined : true;
  });
  return sockets;
}

/** Lets a name have these addresses until the end of the test. @param onLookup called each time it is looked up */
export function nameWith(name: string, addresses: readonly string[], onLookup: () => void = () => undefined): void {
  const { lookup } = dns as { readonly lookup: Lookup };
  const named: Lookup = (host, options, callback) => {
    if (host !== name) return lookup(host, options, callback);
    onLookup();
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    setImmediate(callback, null, ...(options.all === true ? [found] : [found[0]?.address, found[0]?.family]));
  };
  const spy = vi.spyOn(dns, 'lookup').mockImplementation(named as typeof dns.lookup);
  onTestFinished(() => spy.mockRestore());
}

type Lookup = (host: string, options: dns.LookupOptions, callback: (...answer: readonly unknown[]) => void) => void;
