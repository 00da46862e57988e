import { randomInt } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net';
import { startSupervised, type Supervised } from '../support/supervised.ts';

export interface ServerOptions {
  readonly name: string;
  readonly command: string;
  readonly flags: readonly string[];
  readonly logFile: string;
  /** Whether it answers. */
  readonly ready: () => Promise<boolean>;
}

const startLimitMs = 240_000;

/**
 * Below the ports that kernels give out themselves (Linux from 32768 on): nobody else gets one by chance between its choice and its use. Test files
 * that run side by side draw from parts of their own.
 */
const ownPorts = portsOf(Number(process.env['VITEST_POOL_ID'] ?? 0));

function portsOf(worker: number): { readonly from: number; readonly to: number } {
  const size = 1_500;
  const from = 20_000 + (worker % 8) * size;
  return { from, to: from + size };
}

/** One server program: started until it answers, stopped by its process id, started again with the same flags. */
export class Server {
  readonly #options: ServerOptions;
  #process: Supervised | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    const { name, command, flags, logFile } = this.#options;
    const log = createWriteStream(logFile, { flags: 'a' });
    const running = await startSupervised(command, flags, {
      name,
      environment: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    });
    running.stdout.pipe(log, { end: false });
    running.stderr.pipe(log, { end: false });
    this.#process = running;
    let code: number | undefined;
    void running.ended.then((ended) => {
      code = ended;
      log.end();
    });
    const deadline = Date.now() + startLimitMs;
    while (!(await this.#options.ready())) {
      if (code !== undefined) throw new Error(`${name} ended with ${code}:\n${await tail(logFile)}`);
      if (Date.now() > deadline)
        throw new Error(`${name} does not answer after ${startLimitMs / 1_000} s:\n${await tail(logFile)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined;
    running.kill(signal);
    const hard = setTimeout(() => running.kill('SIGKILL'), 20_000);
    await running.ended;
    clearTimeout(hard);
  }
}

/** A port that nobody uses at the moment. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Ports that this process has handed out: whoever got one may bind it late, or again after a stop. */
const handedOut = new Set<number>();

/** Ports that nobody uses at the moment, each handed out once in this process. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers: NetServer[] = [];
  while (servers.length < count) {
    const port = randomInt(ownPorts.from, ownPorts.to);
    const server = handedOut.has(port) ? undefined : await listening(port);
    if (server === undefined) continue;
    handedOut.add(port);
    servers.push(server);
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  return ports;
}

/** @returns undefined where somebody uses that port */
async function listening(port: number): Promise<NetServer | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

async function tail(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).slice(-3_000);
}
